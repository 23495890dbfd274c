"""What can be set of the any-order network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(BaseModel):
    """The settings of `Autoregressive`.

    batch_size: rows a step; None takes about a 32nd of the table, for few steps learn little and many are slow.
    lr: of a batch of 128 rows; it grows with the square root of the batch. width, blocks: of the trunk; without a
    width it has 64 to 256 units, the more the more there is to tell of a row.
    ordered: share of training rows whose known columns are those that sampling knows at some step; the others
    know any. average: decay per step of the moving average of the weights.
    temperature: above 1 rows are drawn more variously than people are, below 1 more alike.
    patience: epochs without a better likelihood of the development rows; None trains all epochs.
    checkpoint: a file for half-finished trainings, not for sharing; resume goes on from it if it is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: Positive = 40
    batch_size: Positive | None = None
    width: Positive | None = None
    blocks: Positive = 2
    lr: Rate = 1e-3
    decay: Annotated[float, Field(ge=0)] = 0.01
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    ordered: Annotated[float, Field(ge=0, le=1)] = 0.5
    average: Annotated[float, Field(ge=0, lt=1)] = 0.998
    temperature: Annotated[float, Field(ge=0.1, le=10)] = 1.0
    patience: Positive | None = 10
    device: Literal["auto", "cpu", "cuda"] = "auto"
    checkpoint: Path | None = None
    checkpoint_every: Positive = 10
    resume: bool = False

    def portable(self) -> dict[str, Any]:
        """The settings without what belongs to this machine: paths and the device."""
        return self.model_dump(mode="json", exclude={"device", "checkpoint", "checkpoint_every", "resume"})
