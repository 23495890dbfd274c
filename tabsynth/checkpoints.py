"""Half-finished trainings on disk: one safetensors file, its facts as JSON in the header.

A checkpoint is not a model file and not for sharing: it holds the critic, which has looked at training rows.
It is written for its owner only, beside its final place, and renamed: a crash leaves the last one whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy import ConfigError, SourceError, whole_file

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
        with whole_file(path) as draft:
            draft.touch(mode=0o600)
            draft.write_bytes(content)
    except OSError as error:
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
            facts = json.loads((file.metadata() or {})["facts"])
            for key in file.keys():  # noqa: SIM118 - not a mapping
                part, _, name = key.partition("/")
                parts.setdefault(part, {})[name] = file.get_tensor(key)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise ConfigError(
            "not a readable checkpoint", where=str(path), todo="delete it, or train without resume"
        ) from error
    return parts, facts
