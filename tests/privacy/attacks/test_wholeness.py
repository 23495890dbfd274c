"""Whole copies of a handful: what chance brings near a person differs in some column, and it is read how often."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from privacy.attacks.memorisation import Memorisation
from privacy.attacks.memorisation.victims import combined
from privacy.attacks.memorisation.wholeness import FEWEST_MET, share_of_whole
from privacy.evidence import gather
from privacy.result import Finding, Status
from privacy.schema import Column, Kind, Schema

WIDTH = 24
SCHEMA = Schema(columns=tuple(Column(name=f"c{number}", kind=Kind.CATEGORICAL) for number in range(WIDTH)))
TRAIN, CONTROL, ROWS = 1500, 500, 1500


def strangers(rows: int, seed: int) -> pd.DataFrame:
    """Of four levels a column, loosely tied to a type: of 24 columns two people share about nine."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 4, rows)[:, None]
    codes = np.where(rng.random((rows, WIDTH)) < 0.3, kind, rng.integers(0, 4, (rows, WIDTH)))
    return pd.DataFrame(codes.astype(str), columns=SCHEMA.names)


def twins(rows: int, seed: int) -> pd.DataFrame:
    """One person in ten is of a household of equals that the other tables hold, too; a few of them are alone."""
    frame, rng = strangers(rows, seed), np.random.default_rng(seed + 1)
    households = strangers(400, 99)
    chosen = rng.random(rows) < 0.1
    frame.loc[chosen] = households.iloc[rng.integers(0, 400, chosen.sum())].to_numpy()
    return frame


def parts(rows: pd.DataFrame) -> list[pd.DataFrame]:
    bounds = [(0, TRAIN), (TRAIN, TRAIN + CONTROL), (TRAIN + CONTROL, len(rows))]
    return [rows.iloc[first:last].reset_index(drop=True) for first, last in bounds]


def victims(train: pd.DataFrame, control: pd.DataFrame, made: pd.DataFrame) -> Finding:
    rng = np.random.default_rng(0)
    found = Memorisation().run(gather(train, control, made, SCHEMA, rng), rng)
    return next(finding for finding in found if finding.name == "victims")


def planted(copies: int, seed: int, people=strangers) -> Finding:
    rows = people(TRAIN + CONTROL + ROWS, seed)
    train, control, made = parts(rows)
    made.iloc[:copies] = train.iloc[:copies].to_numpy()
    return victims(train, control, made)


@pytest.mark.parametrize("seed", range(4))
def test_five_whole_copies_in_a_table_of_strangers_are_no_pass(seed):
    """By the split alone five of train's three quarters and none of control's are chance: 0.75 ** 5 = 0.24."""
    finding = planted(5, seed)
    assert finding.value.successes == 5
    assert finding.p_value == pytest.approx(0.75**5, abs=0.01)
    assert finding.status is Status.UNRESOLVED
    assert finding.gating
    assert "met whole" in finding.reason


def test_many_rows_of_one_person_are_one_person():
    """Five of one train person's rows in the table: met whole is one, and one is no evidence."""
    schema = Schema(columns=(*SCHEMA.columns, Column(name="who", kind=Kind.ID)), entity="who")
    train, control, made = parts(strangers(TRAIN + CONTROL + ROWS, 0))
    made.iloc[:5] = train.iloc[:5].to_numpy()
    whose = [np.maximum(np.arange(TRAIN), 4), np.arange(TRAIN, TRAIN + CONTROL), -np.arange(1, ROWS + 1)]
    tables = [
        frame.assign(who=who.astype(str)) for frame, who in zip((train, control, made), whose, strict=True)
    ]
    rng = np.random.default_rng(0)
    found = Memorisation().run(gather(*tables, schema, rng), rng)
    finding = next(finding for finding in found if finding.name == "victims")
    assert finding.value.successes == 1
    assert finding.status is None


def test_it_never_calls_a_leak_nor_hides_one():
    assert planted(60, 0).status is Status.LEAK


@pytest.mark.parametrize("people", [strangers, twins])
def test_fresh_people_are_not_suspected(people):
    reasons = [planted(0, seed, people).reason for seed in range(10)]
    assert not any("met whole" in reason for reason in reasons)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["telco_churn", "online_shoppers", "nist_acs_national2019", "king_county_houses"]
)
def test_fresh_real_people_are_not_suspected(name, real_table):
    """Rows of the same source in the synthetic one's place: as near as any honest table comes."""
    table = real_table(name).astype(str)
    schema = Schema(columns=tuple(Column(name=str(each), kind=Kind.CATEGORICAL) for each in table))
    for seed in range(4):
        rows = table.sample(TRAIN + CONTROL + ROWS, random_state=seed, ignore_index=True)
        rng = np.random.default_rng(seed)
        found = Memorisation().run(gather(*parts(rows), schema, rng), rng)
        assert "met whole" not in next(finding.reason for finding in found if finding.name == "victims")


@pytest.mark.slow
def test_five_whole_copies_of_real_people_mostly_end_a_pass(real_table):
    """support2, of 48 columns, train three times control: in three of four splits or more."""
    table = real_table("support2")
    numeric = set(table.select_dtypes("number"))
    table = table.assign(**{name: table[name].astype(str) for name in table if name not in numeric})
    kinds = {name: Kind.NUMERIC if name in numeric else Kind.CATEGORICAL for name in table}
    schema = Schema(columns=tuple(Column(name=name, kind=kind) for name, kind in kinds.items()))
    ended = 0
    for seed in range(4):
        rows = table.sample(len(table), random_state=seed, ignore_index=True)
        train, control, made = (
            rows.iloc[i:j].reset_index(drop=True) for i, j in ((0, 4200), (4200, 5600), (5600, 9000))
        )
        made.iloc[:5] = train.iloc[:5].to_numpy()
        rng = np.random.default_rng(seed)
        found = Memorisation().run(gather(train, control, made, schema, rng), rng)
        ended += next(each.status for each in found if each.name == "victims") is Status.UNRESOLVED
    assert ended >= 3


def test_where_equals_are_usual_a_handful_is_still_not_seen():
    """The README says so: households whose equals stand in every table are met whole by chance."""
    rows = twins(TRAIN + CONTROL + ROWS, 3)
    train, control, made = parts(rows)
    at_home = train.merge(made.drop_duplicates(), how="inner")
    assert len(at_home) > 20
    assert victims(train, control, made).status is None


def test_the_share_is_read_where_enough_are_met_and_by_its_upper_end():
    changed = np.repeat([3, 4, 5, 6, 7], [2, 8, 30, 80, 400])
    # A hundred are reached at 6 columns: those within 4, of those within 6.
    assert share_of_whole(changed) == beta.ppf(0.975, 10 + 1, 120 - 10)
    assert share_of_whole(np.repeat([0, 1, 2], [10, 20, 100])) == beta.ppf(0.975, 11, 120)
    met_nearly = np.concatenate([[0, 0, 2], changed])
    assert share_of_whole(met_nearly) == beta.ppf(0.975, 2 + 1, 3 - 2), (
        "of the three met nearly, two were whole"
    )


def test_too_few_or_only_whole_ones_tell_nothing():
    assert share_of_whole(np.full(FEWEST_MET - 1, 5)) == 1
    assert share_of_whole(np.zeros(500, np.int64)) == 1


def test_two_p_values_together_are_uniform_when_both_are():
    rng = np.random.default_rng(0)
    together = np.array([combined(*pair) for pair in rng.random((20_000, 2))])
    for level in (0.01, 0.05, 0.5):
        assert (together < level).mean() == pytest.approx(level, rel=0.15)
    assert combined(0.0, 0.5) == 0
    assert combined(1.0, 1.0) == 1
