"""The need specification: the part of run.toml that says what the table is for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from privacy import MEASURES, ConfigError, nearest_measure

Text = Annotated[str, Field(max_length=500)]
Bound = Annotated[float, Field(allow_inf_nan=False)]

_OF_USE = "use/"

MOST_SEGMENTS = 20
"""Each is audited by itself."""


class Segment(BaseModel):
    """Some of the people, and how many rows are to be of their kind: a share of the table, or a number.

    name: as the audit calls it. where: an SQL condition on the columns, see `tabsynth.where`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^:]+$")]
    where: Annotated[str, Field(min_length=1)]
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    rows: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Segment:
        if self.share is not None and self.rows is not None:
            raise ValueError(f"segment {self.name} states both a share and rows: state one of them")
        return self


class Need(BaseModel):
    """gap: what is missing, in words. recipients: who gets the table. target: the column that models shall learn
    to predict from it; then "use/score of what was learnt" is measured. tier: how exposed it will be, which
    decides the policy where none is named. segments: who is to be in it, and audited by themselves; those without
    share and rows come as often as they are. at_least, at_most: "group/measure" of the audit -> what a good table
    reaches, or does not exceed, beside what the policy asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gap: Text = ""
    recipients: Text = ""
    target: Annotated[str, Field(min_length=1)] | None = None
    tier: Literal["internal", "controlled", "public"] | None = None
    segments: Annotated[tuple[Segment, ...], Field(max_length=MOST_SEGMENTS)] = ()
    at_least: dict[str, Bound] = Field(default_factory=dict)
    at_most: dict[str, Bound] = Field(default_factory=dict)

    @field_validator("at_least", "at_most")
    @classmethod
    def _measured(cls, bounds: dict[str, float]) -> dict[str, float]:
        for key in bounds:
            if key not in MEASURES:
                raise ValueError(f"no such measure as {key}: the nearest is {nearest_measure(key)}")
        return bounds

    @model_validator(mode="after")
    def _with_a_target(self) -> Need:
        asked = [key for key in (*self.at_least, *self.at_most) if key.startswith(_OF_USE)]
        if asked and self.target is None:
            raise ValueError(f"{asked[0]} is only measured where target names a column to predict")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Need:
        for field in ("name", "where"):
            said = [getattr(segment, field) for segment in self.segments]
            if len(set(said)) < len(said):
                raise ValueError(f"two segments have the same {field}")
        total = sum(segment.share or 0 for segment in self.segments)
        if total > 1 + 1e-9:
            raise ValueError(f"the shares of the segments sum to {total:.4%}")
        return self

    def rows(self, stated: int | None) -> int | None:
        """Rows of the table: `stated`, or what the segments ask for together if each states its rows."""
        if stated is None and self.segments and all(segment.rows for segment in self.segments):
            return sum(segment.rows or 0 for segment in self.segments)
        return stated

    @property
    def sized(self) -> tuple[Segment, ...]:
        """The segments that state a share or rows."""
        return tuple(segment for segment in self.segments if segment.share or segment.rows)

    def shares(self, rows: int) -> dict[str, float]:
        """Condition -> share of a table of `rows`, where a size is stated. ConfigError if they do not fit."""
        wanted = {segment.where: segment.share or (segment.rows or 0) / rows for segment in self.sized}
        if sum(wanted.values()) > 1 + 1e-9:
            raise ConfigError(
                f"the segments ask for more than the {rows:,} rows of the table",
                where="need.segments",
                todo="ask for more rows, or for fewer of the segments",
            )
        return wanted
