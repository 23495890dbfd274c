"""Identifiers: does the synthetic table name people of train, by key, record number, name or address?

The plainest leak, and one that closeness of the other columns cannot see.
"""

from __future__ import annotations

import unicodedata
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy.attacks import ThreatModel
from privacy.attacks.beyond_chance import LEAK_BELOW
from privacy.attacks.disguises import backwards, hashed, shift
from privacy.attacks.targets import people
from privacy.attacks.trials import Trials, compared
from privacy.evidence import Evidence
from privacy.result import Finding, Status
from privacy.schema import Schema
from privacy.stats import Count, two_exact
from privacy.tables.cells import to_numbers


class Identifiers:
    """For every identifier that stands in all three tables: people whose value the synthetic table has.

    Spelling is not compared, see `_bare`, and simple disguises are seen through, see `disguises`. Control people
    tell how many values are met by chance (common names, short numbers). The verdict rests on it where no two
    people share a value, or where train has more matches than control; so the interval of the excess is as wide as
    that of exact copies.
    """

    name: ClassVar[str] = "identifiers"
    gating: ClassVar[bool] = True
    threat: ClassVar[ThreatModel] = ThreatModel(
        holds="the synthetic table", guesses="that a name or number in it belongs to a real person"
    )

    def __init__(self, level: float = 0.95, copies_level: float = 0.999) -> None:
        self.level = level
        self._copies_level = copies_level

    def requires(self, schema: Schema) -> str | None:
        compared_names = {column.name for column in schema.compared}
        return None if set(schema.names) - compared_names else "the schema has no identifier"

    def run(self, evidence: Evidence, rng: np.random.Generator) -> list[Finding]:
        owners = people(evidence)
        findings = []
        for name in evidence.identifiers["synthetic"].columns:
            raw = [evidence.identifiers[table][name] for table in _TABLES]
            train, control, synthetic = map(_bare, raw)
            # Not pandas' to_numeric: texts such as 1e2147483648, which keys may be, crash the process.
            counted = to_numbers(synthetic).cells
            if _runs_on(counted) and np.nanmin(counted) in (0, 1):
                continue
            # Numbers without a gap meet some of any others once moved; the people of a random part have gaps.
            moved = None if _runs_on(counted) else _shift(raw, rng)
            met = [_in(_forms(side, moved), synthetic) for side in raw[:2]]
            trials = Trials(
                name="identifier copies",
                success=f"have their value of the identifier {name} in the synthetic table",
                asked=np.unique(owners[0]).size,
                train=_met(train, owners[0], met[0]),
                control=_met(control, owners[1], met[1]),
                columns=(str(name),),
                obstacle="the column is empty",
            )
            finding = compared(trials, self, two_exact, self._copies_level)
            unique = _one_person_each(pd.concat([train, control]), np.concatenate(owners))
            # Common names are met by chance, in control as in train: then there is nothing to decide.
            gating = unique or _more_than_control(finding)
            told = _beyond_chance(trials, finding) if unique else {}
            findings.append(finding.model_copy(update={"gating": gating, "status": None, **told}))
        return findings


def _beyond_chance(trials: Trials, finding: Finding) -> dict[str, object]:
    """For keys that no two people share: one met is one too many to call bounded, if control has none.

    A leak when so many cannot be chance; nothing, for the policy to judge, when train has none or control some.
    """
    if trials.train.successes == 0 or trials.control.successes > 0:
        return {}
    if finding.p_value is not None and finding.p_value < LEAK_BELOW:
        return {
            "status": Status.LEAK,
            "reason": "Keys of train's people and none of control's: that is not chance.",
        }
    reason = "Keys of train's people and none of control's, though so few may be chance."
    return {"status": Status.UNRESOLVED, "reason": reason, "resolve": _INVENT}


def _more_than_control(finding: Finding) -> bool:
    excess = finding.excess
    return excess is not None and excess.interval is not None and excess.interval.low > 0


_TABLES = ("train", "control", "synthetic")

_INVENT = "Invent this column's values, or leave the column out, and audit again."


def _bare(values: pd.Series) -> pd.Series:
    """Texts without case, accents, blanks and punctuation: a name in capitals is still that name."""
    if values.dtype.kind == "f":
        return values
    codes, different = pd.factorize(values)
    table = np.array([*map(_bare_text, different), None], dtype=object)
    return pd.Series(table[codes], index=values.index)


def _bare_text(text: str) -> str:
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", text) if letter.isalnum())
    return letters.casefold() or text


def _one_person_each(values: pd.Series, owner: NDArray[np.int64]) -> bool:
    """Whether no two people share a value; one person may have it on many rows."""
    pairs = pd.DataFrame({"value": values.to_numpy(), "owner": owner}).dropna().drop_duplicates()
    return bool(pairs["value"].is_unique)


def _runs_on(numbers: NDArray[np.float64]) -> bool:
    """Whether the values count the rows without a gap: from 0 or 1, that says nothing about anybody."""
    return bool((np.diff(np.sort(numbers)) == 1).all())


def _shift(raw: list[pd.Series], rng: np.random.Generator) -> float | None:
    train, control, synthetic = (to_numbers(values).cells for values in raw)
    return shift(np.concatenate([train, control]), synthetic, rng)


def _forms(values: pd.Series, moved: float | None) -> list[pd.Series]:
    """The values as they may stand in the synthetic table, disguised or not."""
    bare = _bare(values)
    forms = [bare, backwards(bare), *hashed(values)]
    if moved is not None:
        numbers = pd.Series(to_numbers(values).cells + moved, index=values.index)
        forms += [numbers, numbers.map(lambda number: f"{number:.0f}", na_action="ignore")]
    return forms


def _in(forms: list[pd.Series], synthetic: pd.Series) -> NDArray[np.bool_]:
    """(rows,) whether a row's value stands in the synthetic table in any form."""
    known = set(synthetic.dropna())
    found: NDArray[np.bool_] = np.logical_or.reduce([form.isin(known).to_numpy() for form in forms])
    return found


def _met(values: pd.Series, owner: NDArray[np.int64], found: NDArray[np.bool_]) -> Count:
    """People who have a value, and those of them whose value the synthetic table has."""
    has = values.notna().to_numpy()
    return Count(np.unique(owner[has & found]).size, np.unique(owner[has]).size)
