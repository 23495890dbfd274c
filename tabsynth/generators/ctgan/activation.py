"""From the generator's output to a soft row, and the gradient back: tanh, and a Gumbel-softmax in each block.

Xu et al. 2019 (arXiv:1907.00503), section 4.4; Jang et al. 2016 (arXiv:1611.01144), equation 2, for the
softmax. All blocks of all columns go through together: one draw, one softmax by segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Where the blocks lie in an output of `scalars` numbers and then the slots.

    of_slot: (slots,) which block a slot is in. starts, sizes: (blocks,) first slot and number of slots.
    widest: the largest size.
    """

    scalars: int
    of_slot: Tensor
    starts: Tensor
    sizes: Tensor
    widest: int


def find_blocks(sizes: Sequence[int], scalars: int, device: torch.device) -> Blocks:
    """Blocks of these sizes, one after the other."""
    held = torch.tensor(sizes, device=device)
    of_slot = torch.repeat_interleave(torch.arange(len(sizes), device=device), held)
    return Blocks(scalars, of_slot, torch.cumsum(held, 0) - held, held, max(sizes))


def soften(out: Tensor, blocks: Blocks, tau: float, source: torch.Generator) -> Tensor:
    """(n, scalars + slots) scalars in [-1, 1] and soft one-hots, of an output of the generator."""
    logits = out[:, blocks.scalars :]
    noisy = gumbel(tuple(logits.shape), source, out.device).add_(logits).div_(tau)
    return torch.cat([torch.tanh(out[:, : blocks.scalars]), softmax_by_block(noisy, blocks)], dim=1)


def soften_backward(soft: Tensor, pull: Tensor, blocks: Blocks, tau: float) -> Tensor:
    """The gradient by the generator's output, of a loss whose gradient by `soft` is `pull`."""
    at = blocks.scalars
    hot = soft[:, at:]
    raised = hot * pull[:, at:]
    total = raised.new_zeros(len(soft), len(blocks.sizes)).index_add_(1, blocks.of_slot, raised)
    found = torch.empty_like(soft)
    found[:, :at] = pull[:, :at] * (1 - soft[:, :at] ** 2)
    found[:, at:] = raised.addcmul_(hot, total.index_select(1, blocks.of_slot), value=-1).div_(tau)
    return found


def miss(out: Tensor, condition: Tensor, blocks: Blocks) -> tuple[Tensor, Tensor, Tensor]:
    """How far the output is from meeting its condition (n,): the mean cross-entropy of the condition's block.

    Beside it its gradient (n, widest), and the places (n, widest) of that in the output.
    """
    block = blocks.of_slot[condition]
    step = torch.arange(blocks.widest, device=out.device)
    places = (blocks.starts[block][:, None] + step).add_(blocks.scalars).clamp_max_(out.shape[1] - 1)
    logits = out.gather(1, places).masked_fill_(step >= blocks.sizes[block][:, None], -torch.inf)
    logs = torch.log_softmax(logits, dim=1)
    own = (condition - blocks.starts[block])[:, None]
    loss = -logs.gather(1, own).mean()
    pull = logs.exp_().scatter_add_(1, own, -torch.ones_like(logs[:, :1])).div_(len(out))
    return loss, pull, places


def softmax_by_block(logits: Tensor, blocks: Blocks) -> Tensor:
    """Softmax of logits (n, slots) within each block of slots."""
    block = blocks.of_slot
    shape = (len(logits), len(blocks.sizes))
    top = logits.new_full(shape, -torch.inf).scatter_reduce_(1, block.expand_as(logits), logits, "amax")
    raised = (logits - top.index_select(1, block)).exp_()
    total = logits.new_zeros(shape).index_add_(1, block, raised)
    return raised.div_(total.index_select(1, block))


def gumbel(shape: tuple[int, ...], source: torch.Generator, device: torch.device) -> Tensor:
    """Standard Gumbel noise: added to logits, its largest entry is a draw from their softmax."""
    uniform = torch.rand(shape, generator=source, device=device).clamp_min_(1e-30)
    return uniform.log_().neg_().log_().neg_()
