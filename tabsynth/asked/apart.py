"""Whether shares of several conditions can all be kept: no row counts for two of them, and the rest has rows."""

from __future__ import annotations

from collections.abc import Sequence

from privacy import ConfigError
from tabsynth.asked.boxes import overlapping
from tabsynth.asked.shares import Places
from tabsynth.asked.typical import CodeBook
from tabsynth.condition import AtLeastOne, Condition, NotTrue


def require_apart(conditions: Sequence[Condition], book: CodeBook, places: Places) -> None:
    """ConfigError when a row might count for two shares."""
    both = overlapping(conditions, book)
    if both is not None:
        first, second = (places.of(at + 1) for at in both)
        raise ConfigError(
            f"a row can meet this condition and that of {first}",
            where=second,
            todo="state conditions that exclude each other, joined by AND where they are on two columns",
        )


def rest_of(conditions: Sequence[Condition]) -> Condition:
    """What rows meet that no share states."""
    return NotTrue(AtLeastOne(tuple(conditions)))


def no_rest(places: Places) -> ConfigError:
    """What to say when no row is left for the rest."""
    return ConfigError(
        "the shares sum to less than 100%, but the model draws no rows other than those they state",
        where=places.together,
        todo="state shares that sum to 100%",
    )
