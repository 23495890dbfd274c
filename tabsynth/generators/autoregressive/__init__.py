"""An any-order masked network: whatever columns are known, it says how each of the others is distributed.

The family of TabularARGN (Tiwald et al. 2025, arXiv:2501.12012) and TabMT (Gulati, Roysdon 2023,
arXiv:2312.06089), trained as order-agnostic autoregressive models are (Uria, Murray, Larochelle 2014,
arXiv:1310.1757; Hoogeboom et al. 2022, arXiv:2110.02037).
"""

from tabsynth.generators.autoregressive.model import Autoregressive
from tabsynth.generators.autoregressive.settings import Settings

__all__ = ["Autoregressive", "Settings"]
