"""Training-by-sampling: a condition, and a real row that meets it.

Xu et al. 2019 (arXiv:1907.00503), section 4.3: a column at random, then one of its values by the logarithm of
its frequency, so that rare values are seen often enough to be learnt. When sampling from the fitted model the
values come by their true frequencies; by log-frequencies a perfect generator would overdraw rare values.

The paper conditions on discrete columns. Here every block counts, the modes of a binned column too: its
missing values and spikes are levels like any other, and a table without discrete columns needs no second path.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Where the rows of every slot are: `order[starts[s] : starts[s] + counts[s]]`. It dies with the training.

    reached: (slots,) float64 probability to draw a slot, or one before it, while training; by log-frequency.
    frequency: (slots,) share of training rows in the slot; sums to 1 over each block.
    """

    order: Tensor
    starts: Tensor
    counts: Tensor
    reached: Tensor
    frequency: Tensor

    def draw(self, n: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
        """(n,) slots, and (n,) a real row that is in each."""
        # float64: a float32 just below 1 times a large count would round up to the next slot's first row
        which, share = torch.rand(2, n, generator=source, device=self.reached.device, dtype=torch.float64)
        slots = torch.searchsorted(self.reached, which, right=True)
        return slots, self.order[self.starts[slots] + (share * self.counts[slots]).long()]


def index_conditions(slots: Tensor, block: Tensor) -> Conditions:
    """The conditions of a table of slots (rows, columns); block: (all slots,) which column a slot belongs to."""
    rows, columns = slots.shape
    counts = torch.bincount(slots.flatten(), minlength=len(block))
    weight = torch.log1p(counts.double())
    total = torch.zeros(columns, dtype=torch.float64, device=slots.device).index_add(0, block, weight)
    reached = torch.cumsum(weight / total[block], 0)
    return Conditions(
        order=torch.argsort(slots.flatten(), stable=True) // columns,
        starts=torch.cumsum(counts, 0) - counts,
        counts=counts,
        reached=reached / reached[-1],
        frequency=(counts.double() / rows).float(),
    )
