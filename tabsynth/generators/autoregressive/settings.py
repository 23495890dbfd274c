"""What can be set of the any-order network."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from tabsynth.train import Positive, Rate, TrainingSettings


class Settings(TrainingSettings):
    """The settings of `Autoregressive`.

    batch_size: rows a step; None takes about a 32nd of the table, for few steps learn little and many are slow.
    lr: of a batch of 128 rows; it grows with the square root of the batch. width, blocks: of the trunk; without a
    width it has 64 to 256 units, the more the more there is to tell of a row.
    ordered: share of training rows whose known columns are those that sampling knows at some step; the others
    know any. average: decay per step of the moving average of the weights.
    temperature: above 1 rows are drawn more variously than people are, below 1 more alike.
    """

    # The rate falls over all epochs, so another number of them would have been another training from the start.
    may_change: ClassVar[tuple[str, ...]] = ("patience",)

    epochs: Positive = 40
    patience: Positive | None = 10
    batch_size: Positive | None = None
    width: Positive | None = None
    blocks: Positive = 2
    lr: Rate = 1e-3
    decay: Annotated[float, Field(ge=0)] = 0.01
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2
    ordered: Annotated[float, Field(ge=0, le=1)] = 0.5
    average: Annotated[float, Field(ge=0, lt=1)] = 0.998
    temperature: Annotated[float, Field(ge=0.1, le=10)] = 1.0
