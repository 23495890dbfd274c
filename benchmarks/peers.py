"""What other auditors say of a synthetic table: one function each, thresholds as their literature states them.

Each gets tables without ids (unless an id is released), dates as days, levels as strings with missing as a
level of its own: what a careful analyst would hand over. A verdict is `flagged`, or an error where it stopped.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from planting import Roles, Split
from planting.models import coordinates, nearest

RISK_LIMIT = 0.09
"""EMA policy 0070 and Health Canada PRCI, as an analyst would read it onto anonymeter's risk."""

SCORE_LIMIT = 0.9
"""SDMetrics states no limit (1 is best); .9 is how its scores are read in practice. Scores are recorded."""

SHARE_LEVEL = 0.05
"""Platzer and Reutterer 2021: DCR share against one half."""

ATTACKS = 500
MOST_SECRETS = 3
SDMETRICS_ROWS = 500
"""As many as anonymeter's attacks: the cost of its scores grows with the square, 1,000 rows take 20 to 70 s."""


@dataclass
class Said:
    """What one auditor said. flagged: None when it could not say. score: what it is judged by, larger is worse."""

    flagged: bool | None
    score: float | None = None
    numbers: dict[str, float | list[float]] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, eq=False)
class Tables:
    """Train, control and synthetic with the columns of the release, prepared alike."""

    train: pd.DataFrame
    control: pd.DataFrame
    synthetic: pd.DataFrame
    roles: Roles

    @classmethod
    def of(cls, split: Split, synthetic: pd.DataFrame) -> Tables:
        names = list(synthetic)
        roles, ids = split.roles, set(split.roles.id)

        def prepared(rows: pd.DataFrame) -> pd.DataFrame:
            rows = rows[names].copy()
            for name in names:
                if name in roles.datetime:
                    rows[name] = _days(rows[name])
                elif name in roles.numeric or (name in ids and pd.api.types.is_numeric_dtype(rows[name])):
                    rows[name] = rows[name].astype(float)
                else:
                    rows[name] = rows[name].astype(object).where(rows[name].notna(), "missing").astype(str)
            return rows

        return cls(prepared(split.train), prepared(split.control), prepared(synthetic), roles)

    def is_number(self, name: str) -> bool:
        return pd.api.types.is_numeric_dtype(self.train[name])


def _days(values: pd.Series) -> pd.Series:
    if not pd.api.types.is_datetime64_any_dtype(values):
        values = pd.to_datetime(values, format="mixed")
    return (values - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)


def anonymeter(tables: Tables, rng: np.random.Generator) -> dict[str, Said]:
    """Singling out, linkability and inference of anonymeter 1.1, read in the two ways in use."""
    from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

    given = {"ori": tables.train, "syn": tables.synthetic, "control": tables.control}
    asked = min(ATTACKS, *(len(rows) for rows in given.values()))
    released = list(tables.train)
    known = [name for name in tables.roles.quasi_identifiers if name in released]
    others = [name for name in released if name not in known]
    secrets = [name for name in tables.roles.sensitive if name in released][:MOST_SECRETS]
    seed = int(rng.integers(2**31))
    runs: dict[str, Callable[[], Any]] = {
        "singling out, one column": lambda: SinglingOutEvaluator(
            **given, n_attacks=asked, seed=seed
        ).evaluate(mode="univariate"),
        "singling out, 3 columns": lambda: SinglingOutEvaluator(
            **given, n_attacks=asked, n_cols=3, seed=seed
        ).evaluate(mode="multivariate"),
        "linkability": lambda: LinkabilityEvaluator(
            **given,
            n_attacks=asked,
            n_neighbors=1,
            aux_cols=(known[::2] + others[::2], known[1::2] + others[1::2]),
        ).evaluate(n_jobs=1),
    }
    for secret in secrets:
        runs[f"inference {secret}"] = lambda secret=secret: InferenceEvaluator(
            **given,
            aux_cols=[name for name in released if name != secret],
            secret=secret,
            regression=tables.is_number(secret),
            n_attacks=asked,
        ).evaluate(n_jobs=1)
    risks: dict[str, list[float]] = {}
    errors = []
    for name, run in runs.items():
        np.random.seed(seed)  # noqa: NPY002  its links and targets come from the global state
        try:
            risk = run().risk(confidence_level=0.95)
            risks[name] = [float(risk.value), *(float(end) for end in risk.ci)]
        except Exception as error:  # noqa: BLE001  that a peer stops is a result
            errors.append(f"{name}: {type(error).__name__}")
    return {
        "anonymeter, risk > 0.09": _worst([risk[0] for risk in risks.values()], RISK_LIMIT, risks, errors),
        "anonymeter, interval above 0": _worst([risk[1] for risk in risks.values()], 0.0, risks, errors),
    }


def _worst(scores: list[float], limit: float, risks: dict[str, list[float]], errors: list[str]) -> Said:
    """Flagged when any number passes the limit; no answer when none does and an attack stopped."""
    worst = max(scores, default=None)
    flagged = worst is not None and worst > limit
    return Said(flagged if flagged or not errors else None, worst, dict(risks), "; ".join(errors))


def sdmetrics(tables: Tables, rng: np.random.Generator) -> dict[str, Said]:
    """SDMetrics' two DCR scores, on subsamples of its own making, as its documentation advises."""
    from sdmetrics.single_table import DCRBaselineProtection, DCROverfittingProtection

    kinds = {
        name: {"sdtype": "numerical" if tables.is_number(name) else "categorical"} for name in tables.train
    }
    metadata = {"columns": kinds}
    fewest = min(len(tables.train), len(tables.control), len(tables.synthetic), SDMETRICS_ROWS)
    drawn = {"num_rows_subsample": fewest, "num_iterations": 1}
    np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002  it draws from the global state

    def baseline() -> float:
        found = DCRBaselineProtection.compute_breakdown(
            tables.train, tables.synthetic, metadata, None, **drawn
        )
        return float(found["score"])

    def overfitting() -> float:
        found = DCROverfittingProtection.compute_breakdown(
            tables.train, tables.synthetic, tables.control, metadata, None, **drawn
        )
        return float(found["score"])

    return {
        "SDMetrics DCR baseline < 0.9": _score(baseline),
        "SDMetrics DCR overfitting < 0.9": _score(overfitting),
    }


def _score(compute: Callable[[], float]) -> Said:
    try:
        score = compute()
    except Exception as error:  # noqa: BLE001  that a peer stops is a result
        return Said(None, error=type(error).__name__)
    if np.isnan(score):
        return Said(None, error="no score")
    return Said(score < SCORE_LIMIT, -score)


def dcr_share(tables: Tables, rng: np.random.Generator) -> dict[str, Said]:
    """Share of synthetic rows nearer to train than to control, against one half, and identical matches.

    train and control are cut to equal size first, as the test asks; ties count half.
    """
    from scipy.stats import binomtest

    rows = min(len(tables.train), len(tables.control))
    sides = [side.iloc[rng.permutation(len(side))[:rows]] for side in (tables.train, tables.control)]
    asked, *points = coordinates([tables.synthetic, *sides], _roles_of(tables))
    to_train, to_control = (nearest(asked, side, 1)[0][:, 0] for side in points)
    wins = (to_train < to_control).sum() + 0.5 * np.isclose(to_train, to_control).sum()
    chance = float(binomtest(round(wins), len(asked), 0.5, alternative="greater").pvalue)
    matches = [_identical(tables.synthetic, side) for side in sides]
    numbers: dict[str, float | list[float]] = {
        "p": chance,
        "identical": [float(count) for count in matches],
    }
    by_share, by_match = chance < SHARE_LEVEL, matches[0] > matches[1]
    return {
        "DCR share p < .05, or more identical": Said(
            bool(by_share or by_match), float(wins / len(asked)), numbers
        )
    }


def _roles_of(tables: Tables) -> Roles:
    numbers = [name for name in tables.train if tables.is_number(name)]
    return Roles(numeric=tuple(numbers), categorical=tuple(n for n in tables.train if n not in numbers))


def _identical(synthetic: pd.DataFrame, real: pd.DataFrame) -> int:
    """Synthetic rows that are equal to a real row in every column."""
    hashes = [pd.util.hash_pandas_object(rows, index=False) for rows in (synthetic, real)]
    return int(hashes[0].isin(hashes[1]).sum())


PEERS: dict[str, Callable[[Tables, np.random.Generator], dict[str, Said]]] = {
    "anonymeter": anonymeter,
    "sdmetrics": sdmetrics,
    "dcr-share": dcr_share,
}


def ask(peer: str, split: Split, synthetic: pd.DataFrame, rng: np.random.Generator) -> dict[str, Said]:
    """The verdicts of one peer, under the names they have in the report."""
    tables = Tables.of(split, synthetic)
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return PEERS[peer](tables, rng)
