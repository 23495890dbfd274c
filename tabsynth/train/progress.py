"""What going on with a training needs beside the weights of its model, as tensors by name, and back again."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer


def progress_tensors(
    parts: Mapping[str, Module | Optimizer], source: torch.Generator, taken: int
) -> dict[str, Tensor]:
    """The state of each part by its name and the tensor's, such as `critic.out.weight`; of the source of chance;
    and how many steps were taken."""
    states = {
        f"{name}.{key}": tensor for name, part in parts.items() for key, tensor in _state_of(part).items()
    }
    return {**states, "source": source.get_state(), "taken": torch.tensor(taken)}


def restore_progress(
    parts: Mapping[str, Module | Optimizer], source: torch.Generator, progress: Mapping[str, Tensor]
) -> int:
    """Give parts and source the state that `progress_tensors` took; the steps that were taken by then.

    Raises KeyError, ValueError or RuntimeError when `progress` is of other parts.
    """
    for name, part in parts.items():
        _load(part, {k.removeprefix(f"{name}."): t for k, t in progress.items() if k.startswith(f"{name}.")})
    source.set_state(progress["source"].cpu())
    return int(progress["taken"])


def _state_of(part: Module | Optimizer) -> dict[str, Tensor]:
    """Of an optimiser by parameter number and name, such as `3.exp_avg`."""
    if isinstance(part, Module):
        return dict(part.state_dict())
    state = part.state_dict()["state"]
    return {f"{number}.{name}": tensor for number, held in state.items() for name, tensor in held.items()}


def _load(part: Module | Optimizer, tensors: Mapping[str, Tensor]) -> None:
    if isinstance(part, Module):
        part.load_state_dict(dict(tensors))
        return
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = tensor
    part.load_state_dict({**part.state_dict(), "state": state})
