"""Use as a measure: high where synthetic rows say what real ones say, at chance where they say nothing."""

import numpy as np
import pandas as pd
import pytest

from privacy import Column, ConfigError, Kind, Measure, Schema, Skipped, use

SCHEMA = Schema(
    columns=(Column(name="x", kind=Kind.NUMERIC), Column(name="ill", kind=Kind.CATEGORICAL)),
)


def rows(count, seed, told=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=count)
    ill = (x if told else rng.normal(size=count)) + 0.5 * rng.normal(size=count) > 0.8
    return pd.DataFrame({"x": x, "ill": np.where(ill, "yes", "no")})


def asked(synthetic, target="ill", control=800):
    return use(rows(800, 1), rows(control, 2), synthetic, SCHEMA, target, np.random.default_rng(0))


def test_fresh_rows_teach_as_much_as_train_and_broken_ones_nothing():
    good, broken = asked(rows(800, 3)), asked(rows(800, 3, told=False))
    assert isinstance(good, Measure) and isinstance(broken, Measure)
    assert good.floor == broken.floor > 0.9
    assert good.value == pytest.approx(good.floor, abs=0.03)
    assert broken.value < 0.65
    assert (good.group, good.best, good.columns) == ("use", "high", ("ill",))


def test_a_number_is_scored_by_what_is_explained():
    found = asked(rows(800, 3), target="x")
    assert isinstance(found, Measure)
    assert "explained share of variance" in found.sentence.lower()
    assert 0.2 < found.value < 0.6


def test_rows_of_a_class_that_nobody_has_are_left_out():
    """A generator pools rare classes under a name of its own, which models could only foretell wrongly."""
    synthetic = rows(800, 3)
    pooled = asked(pd.concat([synthetic, synthetic[:40].assign(ill="other")], ignore_index=True))
    assert isinstance(pooled, Measure)
    assert pooled.value == asked(synthetic).value
    assert (
        "40 rows of the synthetic table are left out, since no real row has their class of ill"
        in pooled.sentence
    )
    assert "too few rows" in asked(synthetic.assign(ill="other")).reason


def test_what_cannot_be_asked_has_its_reason():
    one_sided = rows(800, 3).assign(ill="no")
    found = asked(one_sided, control=20)
    assert isinstance(found, Skipped)
    assert found.reason
    with pytest.raises(ConfigError):
        asked(rows(800, 3), target="height")
