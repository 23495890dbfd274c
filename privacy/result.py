"""What an audit says: findings, a verdict, and the record of both, as models with a JSON Schema.

The report reads this file's models and nothing else, so a saved `audit.json` renders again without the data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = "1.0"

Number = Annotated[float, Field(allow_inf_nan=False)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """What a finding says about a leak."""

    LEAK = "leak"
    BOUNDED = "bounded"
    UNRESOLVED = "unresolved"


class Outcome(StrEnum):
    """What the audit says about the release."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Interval(_Record):
    """A confidence interval. `method` names it as the statistics literature does."""

    low: Number
    high: Number
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    method: str = ""


class Estimate(_Record):
    """A number with its interval and the trials behind it."""

    value: Number
    interval: Interval | None = None
    successes: Annotated[int, Field(ge=0)] | None = None
    trials: Annotated[int, Field(ge=0)] | None = None


GATE = "gate"
"""The attack whose null hypothesis rests on the checks: train and control exchangeable."""

EXCHANGEABLE = "exchangeable"
"""The check without which an excess over control shows nothing: people of another year or site differ, too."""

ENOUGH_UNITS = "enough units"
"""The check that more rows mend."""

EXCHANGED_RUN = "exchanged run"
"""The check that a table made from control's people fails, and one with a hole."""


class Detectable(_Record):
    """The smallest leak of one kind that this audit would have seen on this very table.

    dose_80, dose_95: share of the training units, or of the synthetic rows if they are fewer, seen with 80 % and
    with 95 % power, either with 95 % confidence; None when not even the largest dose tried was. tolerance: the
    policy's limit for this kind, None when it has none.
    """

    leak: str
    dose_80: Number | None
    dose_95: Number | None
    largest_tried: Number
    draws: Annotated[int, Field(ge=1)]
    tolerance: Number | None = None


class Picture(_Record):
    """A drawing's data, already aggregated: no series holds a single record's value.

    kind: "bars" draws `series` side by side over `labels`; "lines" draws them over numeric `x`;
    "interval" draws value and interval of attack, control and baseline.
    """

    kind: Literal["bars", "lines", "interval"]
    title: str
    x_label: str = ""
    y_label: str = ""
    labels: tuple[str, ...] = ()
    x: tuple[Number, ...] = ()
    series: dict[str, tuple[Number, ...]] = Field(default_factory=dict)


class Finding(_Record):
    """One number about leakage, never alone: with control, baseline, interval and trials.

    value: the measure on training records; control: the same on control records; baseline: the same for a
    guesser who has no synthetic table; excess: what the policy's tolerance is compared with, usually
    value - control, with its interval. also: further numbers of the same attack, such as "AUC" or "TPR at 0.1 %
    FPR", each with its interval. higher_is_worse: direction of value and excess.
    gating: whether a pass needs it bounded; a leak fails the release whoever found it. status and tolerance are
    set by the policy.
    """

    attack: str
    name: str
    threat: str
    sentence: str
    value: Estimate
    control: Estimate | None
    baseline: Estimate | None = None
    excess: Estimate | None = None
    also: dict[str, Estimate] = Field(default_factory=dict)
    trials_asked: Annotated[int, Field(ge=0)]
    trials_made: Annotated[int, Field(ge=0)]
    higher_is_worse: bool = True
    p_value: Annotated[float, Field(ge=0, le=1)] | None = None
    columns: tuple[str, ...] = ()
    gating: bool = False
    status: Status | None = None
    tolerance: Number | None = None
    reason: str = ""
    resolve: str = ""
    detectable: tuple[Detectable, ...] = ()
    pictures: tuple[Picture, ...] = ()


class Skipped(_Record):
    """An attack or test that could not run, and why: absent evidence is stated, never silent."""

    name: str
    reason: str
    gating: bool = False


class Measure(_Record):
    """One fidelity or utility number beside its floor: the same number for control against train."""

    group: str
    name: str
    sentence: str
    value: Number
    floor: Number | None
    interval: Interval | None = None
    best: Literal["high", "low", "floor"] = "low"
    columns: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()


class Check(_Record):
    """One condition the comparison rests on, such as a control that is exchangeable with train."""

    name: str
    passed: bool
    sentence: str
    p_value: Annotated[float, Field(ge=0, le=1)] | None = None


class TableFacts(_Record):
    """What may be said of a table without its values. sha256: of the released file, where there is one."""

    rows: Annotated[int, Field(ge=0)]
    units: Annotated[int, Field(ge=0)]
    sha256: str | None = None


class Verdict(_Record):
    """The answer, and the findings that decided it."""

    outcome: Outcome
    sentence: str
    reasons: tuple[str, ...] = ()
    resolve: tuple[str, ...] = ()


class Audit(_Record):
    """Everything an auditor needs to check the answer; the content of `audit.json`.

    attempt: how often this source was audited, this time included, where a ledger keeps count; the policy's
    alpha is then spent over attempts. earlier_releases: tables of the same source that were audited together
    with this one.
    """

    schema_version: Literal["1.0"] = SCHEMA_VERSION
    created: str
    versions: dict[str, str]
    seed: int | None = None
    policy: dict[str, Any]
    attempt: Annotated[int, Field(ge=1)] | None = None
    earlier_releases: Annotated[int, Field(ge=0)] = 0
    columns: tuple[dict[str, str], ...]
    notes: tuple[str, ...] = ()
    train: TableFacts
    control: TableFacts
    synthetic: TableFacts
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...] = ()
    fidelity: tuple[Measure, ...] = ()
    seconds: dict[str, Number] = Field(default_factory=dict)
    verdict: Verdict

    @property
    def planted_among(self) -> str:
        """What the sizes of planted leaks are shares of: the smaller of the units of train and the new rows."""
        return "train" if self.synthetic.rows >= self.train.units else "the synthetic rows"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `audit.json`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Audit.model_json_schema()}
