"""What an evaluation says: scores of training tables, the lift of synthetic rows, a verdict, coefficients.

The page reads this file's models and nothing else. No value of a table stands in them: levels are called by their
column and their place, the most frequent in the real table first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from privacy.result import Check, Estimate, Skipped

SCHEMA_VERSION: Final = "1.0"

Number = Annotated[float, Field(allow_inf_nan=False)]
Rows = Annotated[int, Field(ge=0)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(StrEnum):
    """What is predicted."""

    BINARY = "binary classification"
    CLASSES = "classification"
    NUMBER = "regression"
    SURVIVAL = "survival"


class Answer(StrEnum):
    """What the interval of a lift says against the smallest difference of interest."""

    HELPS = "helps"
    NEUTRAL = "neutral"
    HARMS = "harms"
    UNKNOWN = "cannot tell"


class Lift(_Record):
    """How much better models score on control when synthetic rows are added to all real ones, or replace them.

    family: of models; "mean" is the mean over all families. real, other: the scores compared. lift: other minus
    real, with an interval over control's people and over training tables.
    """

    question: Literal["added", "instead"]
    family: str
    real: Number
    other: Number
    lift: Estimate
    answer: Answer


class Arm(_Record):
    """One training table and one family of models, scored on control.

    regime: "replace", synthetic rows in the place of real ones, `rows_real` + `rows_synthetic` constant within a
    `size`; or "augment", all real rows and synthetic ones besides. score: the main score, its interval over
    control's people and the draws made. lift: against real rows only, same regime, size and family; None for
    those themselves. further: other scores by name.
    """

    regime: Literal["replace", "augment"]
    size: str
    family: str
    rows_real: Rows
    rows_synthetic: Rows
    score: Estimate
    lift: Estimate | None
    further: dict[str, Estimate] = Field(default_factory=dict)
    draws: Annotated[int, Field(ge=1)]


class Subgroup(_Record):
    """A part of control's people: what models score on it, mean over families.

    people: None when fewer than 11, and then nothing else is told. added, instead: lifts as in `Lift`, their
    intervals over control's people alone; None with a reason when they cannot be told.
    """

    column: str
    label: str
    people: Rows | None = None
    real: Number | None = None
    added: Estimate | None = None
    instead: Estimate | None = None
    reason: str = ""


class Coefficient(_Record):
    """One term of the regression: its coefficient and 95 % interval in the real and in the synthetic table.

    overlap: of the two intervals, 1 when equal, negative when apart (Karr et al. 2006, Snoke et al. 2018).
    shift: difference over the real standard error.
    """

    term: str
    real: Estimate
    synthetic: Estimate
    overlap: Number
    shift: Number


class Agreement(_Record):
    """How far a table's coefficients agree with the real ones, over all terms.

    signs: share with the real sign, of the terms whose real interval excludes zero; None when none does.
    """

    overlap: Number
    apart: Number
    shift: Number
    signs: Number | None


class Regression(_Record):
    """The same regression fitted to real and to synthetic rows, as many of each.

    floor: the agreement of control, people from the same source, with the real table. left_out: terms that
    vary in the real table and are constant or sums of others in one of the tables.
    """

    model: str
    rows: Rows
    left_out: Rows
    synthetic: Agreement
    floor: Agreement
    terms: tuple[Coefficient, ...]


class Verdict(_Record):
    """Whether adding the synthetic rows to all real ones helps."""

    answer: Answer
    sentence: str
    reasons: tuple[str, ...] = ()


class Size(_Record):
    """A table as it was used. people: distinct keys, or rows where no key is known."""

    rows: Rows
    people: Rows


class Evaluation(_Record):
    """Everything; `evaluation.json`. smallest: the smallest difference of the main score that is of interest."""

    schema_version: Literal["1.0"] = SCHEMA_VERSION
    versions: dict[str, str]
    seed: int | None
    target: str
    time: str | None
    task: Task
    score: str
    smallest: Annotated[float, Field(gt=0)]
    features: tuple[str, ...]
    notes: tuple[str, ...]
    real: Size
    synthetic: Size
    control: Size
    checks: tuple[Check, ...]
    verdict: Verdict
    lifts: tuple[Lift, ...]
    arms: tuple[Arm, ...]
    subgroups: tuple[Subgroup, ...]
    regression: Regression | None
    skipped: tuple[Skipped, ...]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `evaluation.json`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Evaluation.model_json_schema()}
