"""People: of a source that holds synthetic rows beside real ones, the audit asks about the real ones alone."""

import numpy as np
import pandas as pd
import pytest

from privacy import Column, Kind, Schema, SourceError, canonical
from tabsynth.config import checked_config
from tabsynth.lineage.ancestry import Ancestor, Lineage, real
from tabsynth.people import people_of
from tabsynth.split import split

SCHEMA = Schema(columns=(Column(name="number", kind=Kind.NUMERIC),))
KEY = b"k" * 32
CONFIG = checked_config()
FIRST = Lineage.made(Ancestor(kind="synthetic", generation=1), [(real(), None)])
MIXED = Lineage.made(Ancestor(kind="blend", generation=1), [(real(), None), (FIRST, None)])


@pytest.fixture
def source():
    """Even numbers are people."""
    table = canonical(pd.DataFrame({"number": np.arange(600.0)}), SCHEMA, table="t")
    return table, split(table, SCHEMA, key=KEY, **CONFIG.split.model_dump())


def test_they_are_the_real_rows_of_each_side(source):
    table, sides = source
    people = people_of(table, sides, SCHEMA, KEY, CONFIG, MIXED, table["number"].to_numpy() % 2 == 0)
    for theirs, whole in (
        (people.train, sides.train),
        (people.development, sides.development),
        (people.control.open(), sides.control.open()),
    ):
        assert list(theirs.columns) == ["number"]
        assert theirs["number"].tolist() == whole["number"][whole["number"] % 2 == 0].tolist()
    assert people.commitment == sides.commitment


@pytest.mark.parametrize("lineage", [None, FIRST])
def test_where_all_rows_are_of_one_kind_they_are_all_asked_about(source, lineage):
    table, sides = source
    assert people_of(table, sides, SCHEMA, KEY, CONFIG, lineage, None) is sides


def test_a_blend_that_does_not_say_which_are_real_is_refused(source):
    table, sides = source
    with pytest.raises(SourceError, match="do not say which they are; bring the blend as it was made"):
        people_of(table, sides, SCHEMA, KEY, CONFIG, MIXED, None)
