"""How many rows came to each gate, how many were cut there, and why: rows in = rows cut + rows out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tabsynth.rules import Cuts


@dataclass(frozen=True, slots=True)
class Funnel:
    """gates: what each asks, and the rows it cut, in order. rows_in: drawn; those left at the end are released."""

    rows_in: int
    gates: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, cuts: Cuts, released: int) -> Funnel:
        """Of what the rules cut, and of the choice among the rows that were left."""
        drawn = cuts.rows_in if cuts.by_rule else released
        left = drawn - sum(cut for _, cut in cuts.by_rule)
        gates = (
            cuts.by_rule if left == released else (*cuts.by_rule, ("chosen for its margins", left - released))
        )
        return cls(drawn, gates)

    @property
    def rows_out(self) -> int:
        return self.rows_in - sum(cut for _, cut in self.gates)

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "gates": [{"asks": asks, "cut": cut} for asks, cut in self.gates],
        }

    def lines(self) -> list[str]:
        """For a person to read."""
        told = [f"  cut {cut:,} that failed: {asks}" for asks, cut in self.gates]
        return [f"funnel: {self.rows_in:,} rows drawn, {self.rows_out:,} left", *told] if self.gates else []
