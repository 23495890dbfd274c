"""Half-finished trainings on disk: one safetensors file, its facts as JSON in the header.

A checkpoint is not a model file and not for sharing: it holds the critic, which has looked at training rows.
It is written for its owner only, beside its final place, and renamed: a crash leaves the last one whole. What
a kill leaves of the next one has a fixed name, so that the next writing or the removal clears it away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy import ConfigError, SourceError, disk_errors

if TYPE_CHECKING:
    from torch import Tensor

Tensors = dict[str, "Tensor"]


def write_checkpoint(path: Path, parts: Mapping[str, Mapping[str, Tensor]], facts: Mapping[str, Any]) -> None:
    """Write tensors by part and name, and facts that are plain JSON. Raises SourceError when it cannot."""
    from safetensors.torch import save

    flat = {
        f"{part}/{name}": tensor.detach().cpu().contiguous().clone()
        for part, tensors in parts.items()
        for name, tensor in tensors.items()
    }
    content = save(flat, metadata={"facts": json.dumps(facts)})
    try:
        _write_whole(path, content)
    except OSError as error:
        with suppress(OSError):
            _draft_of(path).unlink(missing_ok=True)
        raise SourceError(
            f"the checkpoint cannot be written: {error.strerror}",
            where=str(path),
            todo="name another file or train without a checkpoint",
        ) from error


def read_checkpoint(path: Path) -> tuple[dict[str, Tensors], dict[str, Any]]:
    """What `write_checkpoint` wrote: tensors by part and name, and the facts. Runs no code of the file.

    Raises ConfigError when the file is not a checkpoint.
    """
    from safetensors import SafetensorError, safe_open

    parts: dict[str, Tensors] = {}
    try:
        with safe_open(str(path), framework="pt") as file:
            facts = dict(json.loads((file.metadata() or {})["facts"]))
            for key in file.keys():  # noqa: SIM118 - not a mapping
                part, _, name = key.partition("/")
                parts.setdefault(part, {})[name] = file.get_tensor(key)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        raise unreadable(path) from None
    return parts, facts


def unreadable(path: Path) -> ConfigError:
    """What to say of a file that is no checkpoint, or one of another version of this program."""
    return ConfigError(
        "not a readable checkpoint", where=str(path), todo="name another file, or train without resume"
    )


def remove_checkpoint(path: Path) -> None:
    """Delete a checkpoint and what a kill may have left of the next one. SourceError when it cannot be."""
    with disk_errors(path):
        path.unlink(missing_ok=True)
        _draft_of(path).unlink(missing_ok=True)


def _write_whole(path: Path, content: bytes) -> None:
    draft = _draft_of(path)
    draft.unlink(missing_ok=True)
    # O_EXCL: what lies at a name that can be foretold may be another user's link
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
