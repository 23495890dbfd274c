"""Drawing from CTGAN's generator: the frozen network is the network, and slots come by their scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from tabsynth.domain import Axis, Domain
from tabsynth.generators.ctgan.frozen import Frozen
from tabsynth.generators.ctgan.layout import Layout
from tabsynth.generators.ctgan.networks import Generator
from tabsynth.generators.ctgan.sampling import RowSource

SLOTS = (3, 4)


def wild(hidden: tuple[int, ...] = (9, 5)) -> Generator:
    """A network whose every weight and running statistic is far from nought."""
    source = torch.Generator().manual_seed(0)
    network = Generator(sum(SLOTS), 2, 6, hidden, source)
    for tensor in [*network.parameters(), *(b for b in network.buffers() if b.is_floating_point())]:
        tensor.data.normal_(generator=source).abs_().add_(0.1)
    for parameter in network.parameters():
        parameter.data.sub_(0.9)
    return network.eval().requires_grad_(False)


@pytest.fixture
def asked() -> tuple[Tensor, Tensor]:
    """Noise, and conditions that several rows share."""
    source = torch.Generator().manual_seed(1)
    return torch.randn(40, 6, generator=source), torch.randint(0, sum(SLOTS), (40,), generator=source)


@pytest.mark.parametrize("hidden", [(), (9,), (9, 5), (4, 8, 16)])
def test_the_frozen_network_says_what_the_network_says(
    hidden: tuple[int, ...], asked: tuple[Tensor, Tensor]
) -> None:
    network = wild(hidden)
    frozen = Frozen(network, torch.ones(sum(SLOTS), dtype=torch.bool))
    torch.testing.assert_close(frozen(*asked), network(*asked), rtol=1e-4, atol=1e-4)


def test_only_slots_that_are_not_allowed_lose_their_score(asked: tuple[Tensor, Tensor]) -> None:
    network, allowed = wild(), torch.tensor([True, False, True, True, True, False, True])
    out, plain = Frozen(network, allowed)(*asked), network(*asked)
    assert (out[:, 2:][:, ~allowed] == -torch.inf).all()
    torch.testing.assert_close(out[:, 2:][:, allowed], plain[:, 2:][:, allowed], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(out[:, :2], plain[:, :2], rtol=1e-4, atol=1e-4)


def row_source(scores: list[float]) -> RowSource:
    """Two columns of codes; the scores (slots,) of every row are these, whatever noise and condition."""
    layout = Layout(Domain(tuple(Axis(size, np.empty(0)) for size in SLOTS)), (None, None))
    network = Generator(layout.slots, layout.scalars, 6, (5,), torch.Generator().manual_seed(0))
    network.out.weight.data.zero_()
    network.out.bias.data.copy_(torch.tensor(scores))
    return RowSource(network, layout, torch.full((layout.slots,), 0.25), 6)


def test_slots_come_by_the_softmax_of_their_scores_and_the_condition_holds() -> None:
    """Three of seven conditions name the first column, and are evenly spread over its slots."""
    scores = [0.0, 1.0, 2.0, -1.0, 0.5, 0.0, 1.0]
    drawn = row_source(scores).draw(20_000, torch.Generator().manual_seed(2)).codes
    for column, (first, size) in enumerate(((0, 3), (3, 4))):
        free = torch.tensor(scores[first : first + size]).softmax(dim=0).numpy().astype(float)
        named = size / sum(SLOTS)
        expected = 20_000 * (named / size + (1 - named) * free / free.sum())
        assert stats.chisquare(np.bincount(drawn[:, column], minlength=size), expected).pvalue > 1e-3


def test_a_column_with_nothing_to_draw_from_ends_in_its_last_slot() -> None:
    rows = row_source([0.0] * 7)
    nothing = {0: np.empty(0, np.int32), 1: np.array([2], np.int32)}
    drawn = rows.draw(50, torch.Generator().manual_seed(3), nothing).codes
    assert (drawn[:, 1] == 2).all()
    assert ((drawn[:, 0] >= 0) & (drawn[:, 0] < 3)).all()
