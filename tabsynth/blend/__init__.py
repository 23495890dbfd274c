"""Real, synthetic and earlier released rows in one table at stated shares; every row keeps where it came from."""

from tabsynth.blend.mixing import ANCHOR, Blended, blend
from tabsynth.blend.parts import Kind, Part, read_part, written_part
from tabsynth.blend.strata import Strata

__all__ = ["ANCHOR", "Blended", "Kind", "Part", "Strata", "blend", "read_part", "written_part"]
