"""Matrix products in half the bits, where the hardware has them; elsewhere they would be slower than in full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def is_quick_in_half(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 in hardware: most GPUs of today, and a CPU with AMX."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())


@contextmanager
def products(precision: str) -> Iterator[None]:
    """Products of float32 matrices as torch's `set_float32_matmul_precision` has it, and then as before.

    "medium" rounds the factors to bfloat16 on a CPU with AMX and to TF32 on a GPU, and sums in float32; the
    tensors stay as they are. "highest" rounds nothing.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
