"""The workshop: makes synthetic tables. Whether one may be shared, `privacy` decides.

Names load on first use, so that `tabsynth --help` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tabsynth.artifact import Model
    from tabsynth.config import RunConfig
    from tabsynth.synthesizer import Synthesizer

_HOME = {"Model": "artifact", "RunConfig": "config", "Synthesizer": "synthesizer"}

__all__ = ["Model", "RunConfig", "Synthesizer"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'tabsynth' has no attribute {name!r}")
    return getattr(import_module(f"tabsynth.{_HOME[name]}"), name)
