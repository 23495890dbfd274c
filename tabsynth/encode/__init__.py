"""The reversible map between a canonical table and integer codes with residuals."""

from tabsynth.encode.encoder import Encoder, Width

__all__ = ["Encoder", "Width"]
