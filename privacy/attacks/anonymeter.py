"""Anonymeter's three attacks (Giomi et al., PoPETs 2023(2)) as a cross-check; the verdict never rests on them.

Version 1.1.0 misreads some tables without a word, so it never sees the raw ones (see `safe_tokens`), its
success rates are divided by the guesses it made rather than those it was asked for, and control is disjoint
from train because the evidence is.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from privacy.attacks import ThreatModel
from privacy.attacks.columns import known_beside, secrets, two_parts
from privacy.attacks.safe_tokens import SafeTables, safe_tables
from privacy.attacks.trials import interval_picture
from privacy.errors import MissingExtraError, UserError, one_line
from privacy.evidence import Evidence
from privacy.result import Estimate, Finding, Interval
from privacy.schema import Schema
from privacy.stats import propagated_risk, shrunk_rate
from privacy.wording import percent

MOST_ROWS = 10_000
MOST_ATTACKS = 500
MOST_MULTIVARIATE = 100
MOST_SECRETS = 2
TRIES_PER_GUESS = 60
COLUMNS_TOGETHER = 3

_NOT_REPEATABLE = "The package's own singling-out attack gives other numbers on every run, even with a seed."


class Anonymeter:
    """Singling out (univariate, multivariate), linkability and inference as the package computes them.

    attacks: asked of each kind, at most 500 and at most the rows of a table.
    """

    name: ClassVar[str] = "anonymeter"
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table and parts of real records",
        guesses="as singling out, linkability and inference, by the nearest synthetic record",
    )

    def __init__(self, level: float = 0.95, attacks: int = MOST_ATTACKS) -> None:
        self.level = level
        self._attacks = min(attacks, MOST_ATTACKS)

    def requires(self, schema: Schema) -> str | None:
        return None if len(schema.compared) > 1 else "anonymeter needs at least two columns"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        try:
            from anonymeter import evaluators
            from polars.exceptions import PolarsError
        except ImportError:
            raise MissingExtraError("anonymeter", "anonymeter") from None
        tables = safe_tables(evidence, MOST_ROWS, rng)
        asked = min(self._attacks, len(tables.train), len(tables.control), len(tables.synthetic))
        try:
            return [
                *self._singling_out(evaluators, tables, asked, rng),
                self._linkability(evaluators, tables, asked, evidence.schema, rng),
                *self._inference(evaluators, tables, asked, evidence.schema, rng),
            ]
        except (PolarsError, RuntimeError, TypeError, KeyError) as error:
            # Its messages may quote the table.
            raise UserError(f"the package anonymeter stopped with {type(error).__name__}") from None

    def _singling_out(
        self, evaluators: Any, tables: SafeTables, asked: int, rng: np.random.Generator
    ) -> Iterator[Finding]:
        plans = (("univariate", asked), ("multivariate", min(asked, MOST_MULTIVARIATE)))
        for mode, count in plans:
            evaluator = evaluators.SinglingOutEvaluator(
                **tables.arguments,
                n_attacks=count,
                n_cols=min(COLUMNS_TOGETHER, tables.train.shape[1]),
                max_attempts=TRIES_PER_GUESS * count,
                seed=int(rng.integers(2**31)),
            )
            with _seeded(rng), _made(count) as made:
                results = evaluator.evaluate(mode=mode).results(self.level)
            yield self._finding(f"singling out, {mode}", results, count, made[0], note=_NOT_REPEATABLE)

    def _linkability(
        self, evaluators: Any, tables: SafeTables, asked: int, schema: Schema, rng: np.random.Generator
    ) -> Finding:
        title, left, right = two_parts(schema)
        evaluator = evaluators.LinkabilityEvaluator(
            **tables.arguments, n_attacks=asked, aux_cols=(tables.tokens(left), tables.tokens(right))
        )
        with _seeded(rng):
            results = evaluator.evaluate(n_jobs=1).results(self.level)
        # Its random links have no seed at all; for one neighbour their rate is known.
        blind = Estimate(value=1 / len(tables.synthetic))
        return self._finding(f"linkability, {title}", results, asked, asked, baseline=blind)

    def _inference(
        self,
        evaluators: Any,
        tables: SafeTables,
        asked: int,
        schema: Schema,
        rng: np.random.Generator,
    ) -> Iterator[Finding]:
        for secret in secrets(schema, rng)[:MOST_SECRETS]:
            known = known_beside(schema, secret)
            (token,) = tables.tokens((secret,))
            evaluator = evaluators.InferenceEvaluator(
                **tables.arguments,
                n_attacks=asked,
                aux_cols=tables.tokens(known),
                secret=token,
                regression=token in tables.numbers,
            )
            with _seeded(rng):
                results = evaluator.evaluate(n_jobs=1).results(self.level)
            name = f"inference of {one_line(secret, 40)}"
            finding = self._finding(name, results, asked, asked)
            yield finding.model_copy(update={"columns": (secret, *known)})

    def _finding(
        self,
        name: str,
        results: Any,
        asked: int,
        made: int,
        *,
        baseline: Estimate | None = None,
        note: str = "",
    ) -> Finding:
        train, control = (float(results.n_success), made), (float(results.n_control), made)
        value, beside = _rate(*train, self.level), _rate(*control, self.level)
        baseline = baseline or _rate(float(results.n_baseline), asked, self.level)
        risk, interval = propagated_risk(train, control, self.level)
        return Finding(
            attack=self.name,
            name=name,
            threat=str(self.threat),
            sentence=f"Anonymeter's {name}: risk {percent(risk)} beyond control (interval"
            f" {percent(interval.low)} to {percent(interval.high)}), with {made:,} guesses of {asked:,} asked.",
            value=value,
            control=beside,
            baseline=baseline,
            excess=Estimate(value=risk, interval=interval),
            trials_asked=asked,
            trials_made=made,
            reason=note,
            pictures=(interval_picture(name, value, beside, baseline),),
        )


def _rate(successes: float, trials: int, level: float) -> Estimate:
    """The package's success rate: the centre of the Wilson interval, not the share of successes."""
    centre, half = shrunk_rate(successes, trials, level)
    interval = Interval(low=max(centre - half, 0), high=min(centre + half, 1), level=level, method="Wilson")
    return Estimate(value=centre, interval=interval, trials=trials)


@contextmanager
def _seeded(rng: np.random.Generator) -> Iterator[None]:
    """The package draws from numpy's global state: seeded for each attack, put back afterwards.

    Each for itself, since singling out uses up another amount of it in every run.
    """
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002
    try:
        with warnings.catch_warnings():
            # "As good or worse as baseline" is what a quiet table looks like; the baseline is reported.
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


@contextmanager
def _made(asked: int) -> Iterator[list[int]]:
    """Listens to the package's log, the only place where it says that it made fewer guesses than asked."""
    made = [asked]

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if found := re.search(r"could generate only (\d+)", record.getMessage()):
                made[0] = int(found[1])

    log, listener = logging.getLogger("anonymeter"), Listener()
    before = log.level
    log.addHandler(listener)
    log.setLevel(logging.WARNING)
    try:
        yield made
    finally:
        log.setLevel(before)
        log.removeHandler(listener)
