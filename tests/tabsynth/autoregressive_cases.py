"""Tables, networks and models that the tests of the any-order network share."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from privacy import silent
from tabsynth.domain import Axis, Domain, Encoded, from_real
from tabsynth.generators import State, make_generator
from tabsynth.generators.autoregressive import Autoregressive, Settings
from tabsynth.generators.autoregressive.cells import Cells
from tabsynth.generators.autoregressive.layout import Layout
from tabsynth.generators.autoregressive.likelihood import surprises
from tabsynth.generators.autoregressive.network import Network
from tabsynth.generators.autoregressive.openness import column_order

NO_EDGES = np.empty(0)
EDGES = np.linspace(-4.0, 12.0, 17)
QUICK: dict[str, Any] = {"epochs": 40, "batch_size": 250, "width": 64, "average": 0.98, "device": "cpu"}


def levels(size: int, ordered: bool = False) -> Axis:
    return Axis(size, NO_EDGES, ordered=ordered)


def coded(axes: list[Axis], codes: object, residuals: object = None) -> Encoded:
    table = np.asarray(codes, np.int32)
    inside = np.zeros(table.shape) if residuals is None else residuals
    return Encoded(Domain(tuple(axes)), table, np.asarray(inside, np.float32))


def make_table(rows: int, seed: int) -> Encoded:
    """A level (60, 38, 2 %), one that mostly equals it, and a number: missing 10 %, a spike 15 %, else about 0
    where the first level is 0, about 8 elsewhere."""
    rng = np.random.default_rng(seed)
    first = rng.choice(3, rows, p=[0.60, 0.38, 0.02])
    second = np.where(rng.random(rows) < 0.9, first, rng.integers(0, 3, rows))
    number = Axis(2, EDGES, ordered=True, missing=True)
    codes, residuals = from_real(number, rng.normal(np.where(first == 0, 0.0, 8.0), 1.0))
    kind = rng.choice(3, rows, p=[0.10, 0.15, 0.75])
    codes, residuals = np.where(kind == 2, codes, kind), np.where(kind == 2, residuals, 0)
    nothing = np.zeros(rows)
    return coded(
        [levels(3), levels(3), number],
        np.column_stack([first, second, codes]),
        np.column_stack([nothing, nothing, residuals]),
    )


TABLE = make_table(4_000, 1)


def ring(rows: int, seed: int = 0) -> Encoded:
    """A level, one that follows it loosely, and one that tells whether the two agree."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 5, rows)
    second = np.where(rng.random(rows) < 0.5, first, rng.integers(0, 6, rows))
    third = np.where(rng.random(rows) < 0.9, first == second, rng.random(rows) < 0.5)
    return coded([levels(5), levels(6), levels(2)], np.column_stack([first, second, third]))


def fitted(
    table: Encoded, development: Encoded | None = None, seed: int = 0, **settings: Any
) -> Autoregressive:
    generator = make_generator("autoregressive", {**QUICK, **settings})
    assert isinstance(generator, Autoregressive)
    held_out = table.take(np.arange(0)) if development is None else development
    generator.fit(table, held_out, np.random.default_rng(seed), silent)
    return generator


@cache
def trained() -> Autoregressive:
    """The model of TABLE, trained once for all files of tests; nobody changes it."""
    return fitted(TABLE, make_table(1_000, 2))


def shares(table: Encoded, weights: list[int], cells: int) -> NDArray[np.float64]:
    return np.bincount(table.codes @ weights, minlength=cells) / len(table)


def wild(layout: Layout, width: int = 16) -> Network:
    """A network that nobody trained, its every weight far from nought."""
    source = torch.Generator().manual_seed(0)
    network = Network(layout, width, 2, source)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.empty_like(weight).normal_(0, 0.5, generator=source))
    return network.requires_grad_(False)


def restored(network: Network, domain: Domain) -> Autoregressive:
    settings = Settings(width=16, blocks=2, device="cpu")
    generator = Autoregressive(settings)
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    generator.restore(domain, State(tensors, {"settings": settings.portable()}))
    return generator


def likelihoods(network: Network, table: Encoded) -> NDArray[np.float64]:
    """(rows,) chance of each row: the product along the order of drawing."""
    cells = Cells.of(table, network.layout, torch.device("cpu"))
    known, tables = torch.zeros(table.codes.shape, dtype=torch.bool), network.tables()
    total = torch.zeros(len(table), dtype=torch.float64)
    for column in column_order(network.layout, network.margins):
        inside = network.trunk(network.enter(cells, known, tables), tables)
        total -= surprises(network, cells, inside, tables)[:, column]
        known[:, column] = True
    chances: NDArray[np.float64] = total.exp().numpy()
    return chances
