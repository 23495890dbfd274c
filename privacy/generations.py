"""Diversity over all generations since people, of a table whose source is synthetic itself.

Its control then is rows that an earlier generator made: they show what this table lost of its source, and nothing
of what the source had lost before. Where the audits of those earlier releases are known, shares multiply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from privacy.policy import Policy
from privacy.result import Measure, Picture

GROUP = "generations"
FOLLOWED = ("entropy ratio", "joint cells reached")
"""Measures of diversity that are shares of what control has, and near 1 for fresh rows: shares of shares of such
mean something, as those of beta-recall do not."""

_DIVERSITY = "diversity"
_SOURCE = "The policy's own bound on diversity, held over all generations together."


def followed(measures: Sequence[Measure]) -> dict[str, float]:
    """What a table keeps of its own source's diversity, by measure, for the lineage of what is learnt from it."""
    return {
        measure.name: measure.value
        for measure in measures
        if measure.group == _DIVERSITY and measure.name in FOLLOWED
    }


def over_generations(measures: Sequence[Measure], kept: Sequence[Mapping[str, float]]) -> list[Measure]:
    """Shares of the people's diversity. kept: the same shares after each generation before, oldest first.

    The value is this table's share of its source times the source's; the floor is the source's. It is about right:
    every generation's cells and bins are those of its own source.
    """
    own = followed(measures)
    found = []
    for name in FOLLOWED:
        before = [of[name] for of in kept if name in of]
        if name not in own or len(before) != len(kept) or not before:
            continue
        value = own[name] * before[-1]
        line = Picture(
            kind="lines",
            title=f"{name}, generation by generation",
            x_label="generation",
            y_label="share of people's",
            x=tuple(range(len(before) + 2)),
            series={"kept": (1.0, *before, value)},
        )
        found.append(
            Measure(
                group=GROUP,
                name=name,
                sentence=f"About the share of people's diversity ({name}) that is left after {len(before) + 1}"
                " generations: this table's share of its synthetic source, times what that had kept; floor: what"
                " that had kept.",
                value=value,
                floor=before[-1],
                best="high",
                pictures=(line,),
            )
        )
    return found


def held_over_generations(policy: Policy, kept: Sequence[Mapping[str, float]]) -> Policy:
    """The policy that asks for its diversity over all generations, too, as far as their shares are known."""
    known = set.intersection(*(set(of) for of in kept)) if kept else set()
    bounds = {
        f"{GROUP}/{name}": policy.at_least[f"{_DIVERSITY}/{name}"]
        for name in FOLLOWED
        if name in known and f"{_DIVERSITY}/{name}" in policy.at_least
    }
    return policy.demanding(bounds, {}, _SOURCE) if bounds else policy
