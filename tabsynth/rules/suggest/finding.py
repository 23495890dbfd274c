"""All that is looked for, in one list."""

from __future__ import annotations

import pandas as pd

from privacy import Event, OnEvent, Schema, silent
from tabsynth.rules.dependency import Dependency
from tabsynth.rules.equal import Equal
from tabsynth.rules.suggest.columns import Columns
from tabsynth.rules.suggest.dependencies import dependencies
from tabsynth.rules.suggest.gaps import gaps
from tabsynth.rules.suggest.orders import orders
from tabsynth.rules.suggest.pairs import fixed_pairs, uniques
from tabsynth.rules.suggest.suggestion import Suggestion
from tabsynth.rules.suggest.sums import sums


def suggestions(frame: pd.DataFrame, schema: Schema, on_event: OnEvent = silent) -> list[Suggestion]:
    """Rules that a canonical table follows in all rows, or nearly all, and would not by chance."""
    stages = ("orders", "sums", "dependencies", "gaps", "combinations")

    def begin(number: int) -> None:
        on_event(Event("looking for rules", number, len(stages), stages[number]))

    begin(0)
    columns = Columns(frame, schema)
    found = list(orders(columns))
    equal = frozenset(each.rule.columns[1] for each in found if isinstance(each.rule, Equal))
    begin(1)
    found += sums(columns, equal)
    begin(2)
    found += dependencies(columns, equal)
    begin(3)
    found += gaps(columns)
    begin(4)
    decided = frozenset(frozenset(each.rule.named) for each in found if isinstance(each.rule, Dependency))
    found += [*fixed_pairs(columns, decided), *uniques(columns)]
    on_event(Event("looking for rules", len(stages), len(stages)))
    return found
