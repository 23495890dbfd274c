"""What a collapse watch says: the content of `collapse.json`, without a value of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from privacy import Policy
from tabsynth.collapse.curves import FLOOR, Point
from tabsynth.collapse.verdict import RegimeAnswer, answer_of

Count = Annotated[int, Field(ge=0)]


class Setting(BaseModel):
    """How it was asked. rows: real ones that the first generation learns, and drawn by each; held_out_rows: what
    all are measured against. source_generation: 0 where the source is real; else no row here was a person's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str
    settings: dict[str, Any]
    generations: Count
    seeds: Count
    rows: Count
    held_out_rows: Count
    source_generation: Count = 0
    policy: str


class Watch(BaseModel):
    """One engine on one table. points: every generation's measures, and the floor's; answers: one a regime."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["tabsynth-collapse/1"] = "tabsynth-collapse/1"
    setting: Setting
    answers: tuple[RegimeAnswer, ...]
    points: tuple[Point, ...]

    @classmethod
    def of(cls, setting: Setting, points: Sequence[Point], policy: Policy, rng: np.random.Generator) -> Watch:
        """The points with the answers that follow from them."""
        tried = dict.fromkeys(point.regime for point in points if point.regime != FLOOR)
        streams = rng.spawn(len(tried))
        answers = tuple(
            answer_of(points, regime, policy, stream) for regime, stream in zip(tried, streams, strict=True)
        )
        return cls(setting=setting, answers=answers, points=tuple(points))

    def to_bytes(self) -> bytes:
        """The one way it is written."""
        return (self.model_dump_json(indent=1) + "\n").encode()
