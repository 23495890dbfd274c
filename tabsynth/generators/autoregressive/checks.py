"""Are these arrays the weights of a network of this domain?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tabsynth.domain import Domain
from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.network import Network
from tabsynth.generators.autoregressive.settings import Settings

_BLOCK = "blocks."


def sound_network(domain: Domain, settings: Settings, arrays: Mapping[str, NDArray[Any]]) -> Network:
    """The network of these weights; ValueError unless each is there, of its shape, and finite."""
    # First what the network's size follows from: a file may claim a width that it does not hold.
    width = settings.width or 0
    _require(width > 0 and "norm.weight" in arrays and arrays["norm.weight"].shape == (width,))
    blocks = {name.split(".")[1] for name in arrays if name.startswith(_BLOCK)}
    _require(blocks == {str(number) for number in range(settings.blocks)})
    network = Network(Layout(domain), width, settings.blocks, torch.Generator())
    weights = network.state_dict()
    _require(weights.keys() == arrays.keys())
    for name, weight in weights.items():
        array = arrays[name]
        _require(array.dtype == np.float32 and array.shape == tuple(weight.shape))
        _require(np.isfinite(array).all())
        weight.copy_(torch.from_numpy(np.array(array)))
    return network.requires_grad_(False)


def _require(holds: bool | np.bool_) -> None:
    if not holds:
        raise ValueError("the arrays are not the weights of a network of this table")
