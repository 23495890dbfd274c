"""What is missing and what is wanted: read from run.toml, and held against the people there are."""

from tabsynth.need.gap import Standing, standings
from tabsynth.need.spec import Need, Segment
from tabsynth.need.thin import ThinLevels, thin_levels

__all__ = ["Need", "Segment", "Standing", "ThinLevels", "standings", "thin_levels"]
