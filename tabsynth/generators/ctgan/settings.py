"""What can be set of a CTGAN."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from tabsynth.train import Positive, Rate, TrainingSettings


class Settings(TrainingSettings):
    """The settings of `CTGAN`; the paper's, but for fewer epochs with an early stop.

    average: decay per step of the moving average of the weights; 0 takes the last step's weights.
    """

    epochs: Positive = 100
    patience: Positive | None = 20
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

    @model_validator(mode="after")
    def _packs_fill_the_batch(self) -> Settings:
        if self.batch_size % self.pac:
            raise ValueError(
                f"batch_size {self.batch_size} cannot be cut into packs of {self.pac} rows:"
                f" choose a multiple of pac, such as {max(self.batch_size // self.pac, 1) * self.pac}"
            )
        return self
