"""One command line for a training that may be killed: run it again until it ends.

What is refused here is refused before the work: a checkpoint that could never be resumed, or that would write
over something else.
"""

from __future__ import annotations

from pathlib import Path

from privacy import ConfigError, UserError, require_new_file, require_place
from tabsynth.artifact import Model
from tabsynth.auto.contestants import AUTO
from tabsynth.checkpoints import read_checkpoint
from tabsynth.config import RunConfig
from tabsynth.generators import generator_class
from tabsynth.train import kept_history

_OPTION = "--checkpoint"


def with_checkpoint(run: RunConfig, file: Path | None, resume: bool, out: Path) -> RunConfig:
    """The run with `file` as its checkpoint and `resume`, in place of what its settings say of them.

    `out` is the model file to be. Raises ConfigError when the generator has no checkpoints, there is no seed, or
    the file is in the way: it exists and is not to be resumed, has no folder, or is `out` itself.
    """
    wanted = {"checkpoint": file, "resume": resume or None}
    settings = run.settings | {name: value for name, value in wanted.items() if value is not None}
    run = run.model_copy(update={"settings": settings})
    place = checkpoint_of(run)
    if place is None:
        if settings.get("resume"):
            raise ConfigError(
                "there is nothing to go on from", where="--resume", todo="name a file with --checkpoint"
            )
        return run
    if run.generator == AUTO:
        raise ConfigError(
            "auto tries several generators, and a checkpoint belongs to one",
            where=_OPTION,
            todo="name one with --generator",
        )
    if "checkpoint" not in generator_class(run.generator).Config.model_fields:
        raise ConfigError(f"{run.generator} learns without checkpoints", where=_OPTION, todo="leave it out")
    if run.seed is None:
        raise ConfigError(
            "without a seed every run begins elsewhere, and none can go on from another's checkpoint",
            where=_OPTION,
            todo="give --seed, the same one every time",
        )
    _require_free(place, bool(settings.get("resume")), out)
    return run


def checkpoint_of(run: RunConfig) -> Path | None:
    """The file that the run's training puts its checkpoints into, if it makes any."""
    place = run.settings.get("checkpoint")
    return Path(place) if isinstance(place, str | Path) else None


def require_new_model(run: RunConfig, out: Path) -> None:
    """ConfigError or SourceError unless the model file `out` can be made, over nothing else.

    A kill after the model file was written and before the checkpoint was deleted leaves both. Then the same line
    goes on from the checkpoint, and writes the model again.
    """
    place = checkpoint_of(run)
    if place is not None and place.exists() and _is_model(out):
        require_place(out)
    else:
        require_new_file(out)


def begun(place: Path) -> str:
    """Where a training with this checkpoint begins, in a line. ConfigError when it is no checkpoint."""
    if not place.exists():
        return f"no checkpoint {place} yet: beginning with the first epoch"
    _, facts = read_checkpoint(place)
    return f"going on from the checkpoint {place}, after epoch {kept_history(facts, place).epochs}"


def _is_model(place: Path) -> bool:
    try:
        Model.load(place)
    except UserError:
        return False
    return True


def _require_free(place: Path, resume: bool, out: Path) -> None:
    where = f"{_OPTION} {place}"
    if place.is_dir() or not place.parent.is_dir():
        raise ConfigError("no file can be made there", where=where, todo="name a file in an existing folder")
    if place.resolve() == out.resolve():
        raise ConfigError("is the model file too", where=where, todo="name another file")
    if place.exists() and not resume:
        raise ConfigError(
            "exists already", where=where, todo="go on from it with --resume, or name another file"
        )
