"""What can be set of any training: how long, on which device, with which checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from tabsynth.train.loop import Plan

Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class TrainingSettings(BaseModel):
    """The settings that all torch generators have; each adds its own.

    patience: epochs without a better score on the development rows; None trains all epochs.
    checkpoint: a file for half-finished trainings, not for sharing; resume goes on from it if it is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    may_change: ClassVar[tuple[str, ...]] = ("epochs", "patience")
    """Settings that a resumed training may have others of than the killed one."""

    epochs: Positive
    patience: Positive | None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    checkpoint: Path | None = None
    checkpoint_every: Positive = 10
    resume: bool = False

    def portable(self) -> dict[str, Any]:
        """The settings without what belongs to this machine: paths and the device."""
        return self.model_dump(mode="json", exclude={"device", "checkpoint", "checkpoint_every", "resume"})

    def plan(self, fingerprint: str, device: str, advice: str) -> Plan:
        """The plan of a training.

        fingerprint: of its start; device: its name; advice: what to do when it breaks down.
        """
        lasting = {name: value for name, value in self.portable().items() if name not in self.may_change}
        return Plan(
            epochs=self.epochs,
            patience=self.patience,
            checkpoint=self.checkpoint,
            checkpoint_every=self.checkpoint_every,
            resume=self.resume,
            advice=advice,
            device=device,
            identity={"settings": lasting, "start": fingerprint},
        )
