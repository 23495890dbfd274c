"""What is missing and what is wanted: read from run.toml, and held against the people there are."""

from tabsynth.need.gap import HEADINGS as GAP_HEADINGS, Standing, masks, standings
from tabsynth.need.spec import Need, Segment
from tabsynth.need.thin import HEADINGS as THIN_HEADINGS, ThinLevels, thin_levels

__all__ = [
    "GAP_HEADINGS",
    "THIN_HEADINGS",
    "Need",
    "Segment",
    "Standing",
    "ThinLevels",
    "masks",
    "standings",
    "thin_levels",
]
