"""Compiling inner loops: once for a machine, not once for a run.

The machine code is kept beside the module, or in the user's own cache where that folder cannot be written; it
holds nothing of any table. It is trusted like Python's own compiled files: whoever may write there runs code, so
keep NUMBA_CACHE_DIR private. Where no such folder is found, every process compiles for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """The function as machine code that lets other threads run."""
    try:
        fast: Loop = numba.njit(nogil=True, cache=True)(loop)
    except RuntimeError:
        fast = numba.njit(nogil=True)(loop)
    return fast
