"""How many rows each rule cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cuts:
    """rows_in: rows that came to the rules. by_rule: the text of each rule in order, and how many rows it cut.

    A row that breaks several rules counts for the first of them; one that had been drawn when there were enough
    counts nowhere.
    """

    rows_in: int
    by_rule: tuple[tuple[str, int], ...]

    @property
    def rows_out(self) -> int:
        """Rows that met all rules."""
        return self.rows_in - sum(cut for _, cut in self.by_rule)

    @property
    def hardest(self) -> tuple[str, int]:
        """The rule that cut most, and how many rows; there must be one rule."""
        return max(self.by_rule, key=lambda each: each[1])

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        rules = [{"rule": text, "cut": cut} for text, cut in self.by_rule]
        return {"rows_in": self.rows_in, "rows_out": self.rows_out, "rules": rules}

    def lines(self) -> list[str]:
        """For a person to read."""
        if not self.by_rule:
            return []
        told = [f"rules: {self.rows_in:,} rows drawn, {self.rows_out:,} met all of them"]
        return told + [f"  cut {cut:,}: {text}" for text, cut in self.by_rule]
