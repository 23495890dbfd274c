"""How many rows each rule cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Cuts:
    """rows_in: rows that came to the rules. by_rule: the text of each rule in the order of asking, and its cut.

    Only rows that met a rule came to the next one. Those drawn when there were enough already count nowhere.
    """

    rows_in: int
    by_rule: tuple[tuple[str, int], ...]

    @property
    def rows_out(self) -> int:
        """Rows that met all rules."""
        return self.rows_in - sum(cut for _, cut in self.by_rule)

    @property
    def hardest(self) -> tuple[str, float]:
        """The rule that cut the largest share of the rows that came to it, and this share; ("", 0) without any."""
        found, came = ("", 0.0), self.rows_in
        for text, cut in self.by_rule:
            found = max(found, (text, cut / max(came, 1)), key=lambda each: each[1])
            came -= cut
        return found

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        rules = [{"rule": text, "cut": cut} for text, cut in self.by_rule]
        return {"rows_in": self.rows_in, "rows_out": self.rows_out, "rules": rules}

    def lines(self) -> list[str]:
        """For a person to read."""
        if not self.by_rule:
            return []
        told = [f"rules: {self.rows_in:,} rows drawn, {self.rows_out:,} met all of them"]
        return told + [f"  cut {cut:,} that failed: {text}" for text, cut in self.by_rule]
