"""What can be set of a CTGAN."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(BaseModel):
    """The settings of `CTGAN`; the paper's, but for fewer epochs with an early stop.

    average: decay per step of the moving average of the weights; 0 takes the last step's weights.
    patience: epochs without a better score on the development rows; None trains all epochs.
    checkpoint: a file for half-finished trainings, not for sharing; resume goes on from it if it is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: Positive = 100
    batch_size: Positive = 500
    embedding_dim: Positive = 128
    generator_dim: tuple[Positive, ...] = (256, 256)
    critic_dim: Annotated[tuple[Positive, ...], Field(min_length=1)] = (256, 256)
    generator_lr: Rate = 2e-4
    critic_lr: Rate = 2e-4
    decay: Annotated[float, Field(ge=0)] = 1e-6
    pac: Positive = 10
    critic_steps: Positive = 1
    gradient_penalty: Annotated[float, Field(ge=0)] = 10.0
    tau: Rate = 0.2
    modes: Positive = 10
    average: Annotated[float, Field(ge=0, lt=1)] = 0.99
    patience: Positive | None = 20
    device: Literal["auto", "cpu", "cuda"] = "auto"
    checkpoint: Path | None = None
    checkpoint_every: Positive = 10
    resume: bool = False

    @model_validator(mode="after")
    def _packs_fill_the_batch(self) -> Settings:
        if self.batch_size % self.pac:
            raise ValueError(
                f"batch_size {self.batch_size} cannot be cut into packs of {self.pac} rows:"
                f" choose a multiple of pac, such as {max(self.batch_size // self.pac, 1) * self.pac}"
            )
        return self

    def portable(self) -> dict[str, Any]:
        """The settings without what belongs to this machine: paths and the device."""
        return self.model_dump(mode="json", exclude={"device", "checkpoint", "checkpoint_every", "resume"})
