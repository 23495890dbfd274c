"""A rule that a table seems to follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from privacy import counted
from tabsynth.rules.rule import Rule

HEADINGS = ("rule", "support", "text")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """support: rows in which the rule could have been broken. broken: of these, in how many it is."""

    rule: Rule
    support: int
    broken: int = 0

    @property
    def told(self) -> str:
        """The support in words; small counts are not told."""
        if not self.broken:
            return f"all {counted(self.support)} rows"
        return f"all but {counted(self.broken)} of {counted(self.support)} rows"

    def facts(self) -> dict[str, Any]:
        """As JSON; small counts are not told."""
        rule = self.rule.model_dump(mode="json", exclude_none=True)
        return {"rule": rule, "text": self.rule.text(), "support": counted(self.support), "told": self.told}


def lines(suggestions: Iterable[Suggestion]) -> list[tuple[str, str, str]]:
    """One row of texts a suggestion, under HEADINGS. Column names are as they are: escape them where they go."""
    return [(type(each.rule).__name__, each.told, each.rule.text()) for each in suggestions]
