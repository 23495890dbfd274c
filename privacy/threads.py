"""Work split over the cores by threads; compiled loops let go of the interpreter, so they run side by side.

Plain threads around serial loops compile several times faster than loops that are compiled to be parallel.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numba


def in_threads(work: Callable[[slice], None], size: int) -> None:
    """Call `work` with slices that cover range(size), one a core; NUMBA_NUM_THREADS limits the cores."""
    workers = max(1, min(numba.get_num_threads(), size))
    ends = [size * part // workers for part in range(workers + 1)]
    parts = [slice(start, stop) for start, stop in pairwise(ends)]
    if workers == 1:
        work(parts[0])
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, parts))
