"""The training loop of every torch generator: device, early stop, checkpoints, resume, events.

A generator brings a `Learner`; the loop knows nothing of networks or tables.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from privacy import ConfigError, Event, OnEvent, TrainingError
from tabsynth.checkpoints import read_checkpoint, unreadable, write_checkpoint

if TYPE_CHECKING:
    import torch
    from torch import Tensor

LONGEST_UNSAVED = 20.0
"""Seconds after which an epoch's end is a checkpoint whatever its number: a slow epoch is dear to run again."""


def choose_device(asked: str) -> tuple[torch.device, str]:
    """The device for "auto", "cpu" or "cuda", and why, in words. ConfigError when it is not there."""
    import torch

    found = torch.cuda.is_available()
    if asked not in ("auto", "cpu", "cuda"):
        raise ConfigError(f"no device is called {asked!r}", todo="choose auto, cpu or cuda")
    if asked == "cuda" and not found:
        raise ConfigError("no CUDA device was found", todo="choose device auto or cpu")
    if asked == "cpu":
        return torch.device("cpu"), "cpu, as asked"
    if not found:
        return torch.device("cpu"), "cpu, for no CUDA device was found"
    why = "as asked" if asked == "cuda" else "for it is there"
    return torch.device("cuda"), f"cuda ({torch.cuda.get_device_name()}), {why}"


class Learner(Protocol):
    """What the loop trains. `weights` is what sampling needs, `progress` what only going on needs."""

    def run_epoch(self) -> dict[str, float]:
        """One epoch; the mean losses by name."""

    def score(self) -> float | None:
        """Distance to development, lower is better; None when there are no development rows."""

    def weights(self) -> dict[str, Tensor]: ...

    def load_weights(self, weights: Mapping[str, Tensor]) -> None: ...

    def progress(self) -> dict[str, Tensor]: ...

    def load_progress(self, progress: Mapping[str, Tensor]) -> None: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to train and where to put checkpoints.

    patience: epochs without a better score before stopping; None trains all epochs.
    checkpoint: a file, written every `checkpoint_every` epochs, more often where these are slow, and at the end.
    resume: go on from it if it is there.
    device: its name, for the events; a checkpoint is resumed on the device it is of.
    identity: facts that a checkpoint must share to be resumed: settings and shapes, never data.
    """

    epochs: int
    patience: int | None = None
    checkpoint: Path | None = None
    checkpoint_every: int = 10
    resume: bool = False
    advice: str = ""
    device: str = ""
    identity: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """What happened, as plain JSON. losses and scores: one per epoch run; best_epoch: from 1, 0 for none."""

    losses: list[dict[str, float]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    best_epoch: int = 0
    stopped_early: bool = False

    @property
    def epochs(self) -> int:
        """Epochs run."""
        return len(self.losses)

    def facts(self) -> dict[str, Any]:
        """For a model file."""
        return asdict(self)


def train(learner: Learner, plan: Plan, on_event: OnEvent) -> History:
    """Train `learner` and leave it with its best weights; with its last ones when nothing scores it.

    Raises TrainingError, naming the epoch, when a loss or a score is not a finite number, and ConfigError when
    the checkpoint to resume belongs to another training. An interrupt leaves the last checkpoint as it was.
    """
    history, best = History(), _copied(learner.weights())
    if plan.resume and plan.checkpoint is not None and plan.checkpoint.exists():
        history, best = _resumed(learner, plan, plan.checkpoint)
    saved = time.monotonic()
    while history.epochs < plan.epochs and not history.stopped_early:
        losses = learner.run_epoch()
        _refuse_not_finite(losses, history.epochs + 1, plan.advice)
        history.losses.append(losses)
        score = learner.score()
        if _is_best(score, history, plan.advice):
            best = _copied(learner.weights())
        history.stopped_early = _patience_spent(history, plan)
        if plan.checkpoint is not None and _checkpoint_due(history, plan, time.monotonic() - saved):
            _save(learner, plan.checkpoint, plan, history, best)
            saved = time.monotonic()
        total = history.epochs if history.stopped_early else plan.epochs
        on_event(Event("training", history.epochs, total, _note(plan, history)))
    learner.load_weights(best)
    return history


def _is_best(score: float | None, history: History, advice: str) -> bool:
    """Notes the score, and whether the weights of this epoch are the ones to keep."""
    if score is None:
        history.best_epoch = history.epochs
        return True
    _refuse_not_finite({"score": score}, history.epochs, advice)
    better = not history.scores or score < history.scores[history.best_epoch - 1]
    history.scores.append(score)
    if better:
        history.best_epoch = history.epochs
    return better


def _patience_spent(history: History, plan: Plan) -> bool:
    waited = history.epochs - history.best_epoch
    return plan.patience is not None and waited >= plan.patience


def _checkpoint_due(history: History, plan: Plan, unsaved: float) -> bool:
    ended = history.epochs == plan.epochs or history.stopped_early
    return ended or history.epochs % plan.checkpoint_every == 0 or unsaved >= LONGEST_UNSAVED


def _refuse_not_finite(numbers: Mapping[str, float], epoch: int, advice: str) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise TrainingError(
                f"the training broke down in epoch {epoch}: {name} is not a finite number", todo=advice
            )


def _note(plan: Plan, history: History) -> str:
    """The most wanted first: what does not fit on the line is cut off at its end."""
    parts = [plan.device] if plan.device else []
    if history.scores:
        best = history.scores[history.best_epoch - 1]
        parts.append(f"distance {history.scores[-1]:.4f}, best {best:.4f} in epoch {history.best_epoch}")
    if history.stopped_early:
        parts.append(f"no better for {plan.patience} epochs: stopped")
    parts += [f"{name} {loss:.3f}" for name, loss in history.losses[-1].items()]
    return ", ".join(parts)


def _copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def _save(learner: Learner, path: Path, plan: Plan, history: History, best: Mapping[str, Tensor]) -> None:
    parts = {"best": best, "weights": learner.weights(), "progress": learner.progress()}
    write_checkpoint(path, parts, {"identity": _identity(plan), "history": history.facts()})


def _identity(plan: Plan) -> dict[str, Any]:
    return {**plan.identity, "device": plan.device}


def _resumed(learner: Learner, plan: Plan, path: Path) -> tuple[History, dict[str, Tensor]]:
    parts, facts = read_checkpoint(path)
    if facts.get("identity") != _identity(plan):
        raise ConfigError(
            "the checkpoint belongs to another table, seed or setting, or to another device",
            where=str(path),
            todo="name another checkpoint or train without resume",
        )
    history = kept_history(facts, path)
    try:
        learner.load_weights(parts["weights"])
        learner.load_progress(parts["progress"])
        device = next(iter(learner.weights().values())).device
        best = {name: tensor.to(device) for name, tensor in parts["best"].items()}
    except (KeyError, ValueError, RuntimeError):
        raise unreadable(path) from None
    _refuse_gone_too_far(history, plan, path)
    history.stopped_early = _patience_spent(history, plan)
    return history, best


def kept_history(facts: Mapping[str, Any], path: Path) -> History:
    """The history among the facts of the checkpoint at `path`. ConfigError when there is none."""
    try:
        return History(**facts["history"])
    except (KeyError, TypeError):
        raise unreadable(path) from None


def _refuse_gone_too_far(history: History, plan: Plan, path: Path) -> None:
    """ConfigError when a training by this plan would have ended before the checkpoint was made."""
    best, waited, longest = math.inf, 0, 0
    for score in history.scores[:-1]:
        waited = 0 if score < best else waited + 1
        best, longest = min(best, score), max(longest, waited)
    if history.epochs > plan.epochs or (plan.patience is not None and longest >= plan.patience):
        raise ConfigError(
            f"the checkpoint is of epoch {history.epochs}, where this training would have ended before",
            where=str(path),
            todo="ask for more epochs or patience, name another checkpoint or train without resume",
        )
