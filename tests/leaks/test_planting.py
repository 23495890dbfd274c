"""Every kind of leak of the benchmark does what its name says, on the made-up people table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ROWS = 600


@pytest.fixture(scope="module")
def planting() -> Iterator[ModuleType]:
    """The package of the benchmark folder; scripts there find each other by folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield import_module("planting")


@pytest.fixture
def split(planting, people) -> Any:
    """Three parts of one population, with a free text of its own for every person."""
    table = people(5 * ROWS, 21)
    table["note"] = [f"seen in ward {number}" for number in np.random.default_rng(3).permutation(len(table))]
    roles = planting.Roles(
        numeric=("age", "cost"),
        categorical=("sex", "area", "diagnosis", "smoker"),
        datetime=("admitted",),
        text=("note",),
        id=("person",),
    )
    return planting.make_split(table, roles, ROWS, np.random.default_rng(1))


@pytest.fixture
def release(planting, split):
    """`release(kind, dose)`: the synthetic table, at the dose of the benchmark when none is given."""

    def make(kind: str, dose: float | None = None, of: Any = split) -> pd.DataFrame:
        if kind in planting.LEAKS:
            plant, usual = planting.LEAKS[kind]
        else:
            plant, usual = {**planting.CLEAN, **planting.UNDECIDABLE}[kind], 0.0
        return plant(of, usual if dose is None else dose, np.random.default_rng(5))

    return make


def rows_of(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(map(tuple, frame.astype(str).to_numpy()))


def shared(release: pd.DataFrame, real: pd.DataFrame, columns: list[str]) -> int:
    """Released rows that agree with some real row on all of `columns`."""
    known = set(rows_of(real[columns]))
    return sum(row in known for row in rows_of(release[columns]))


def test_the_three_parts_are_disjoint_and_equally_large(split):
    parts = [set(part["person"]) for part in (split.train, split.control, split.fresh, split.spare)]
    assert [len(part) for part in parts] == [ROWS, ROWS, ROWS, 2 * ROWS]
    assert len(set.union(*parts)) == 5 * ROWS


def test_a_table_without_ids_is_given_one(planting, people):
    table = people(300, 2).drop(columns="person")
    roles = planting.Roles(numeric=("age", "cost"), categorical=("sex", "area"))
    made = planting.make_split(table, roles, 1000, np.random.default_rng(0))
    (name,) = made.roles.id
    assert len(made.train) == 100
    assert made.train[name].is_unique and not set(made.train[name]) & set(made.fresh[name])


def test_every_kind_keeps_the_columns_and_only_the_id_leak_releases_ids(planting, split, release):
    for kind in (*planting.LEAKS, *planting.CLEAN, *planting.UNDECIDABLE):
        if kind in planting.PREPARE:
            continue
        made = release(kind)
        wanted = [name for name in split.train if name != "person"]
        assert [name for name in made if name != "person"] == wanted, kind
        assert ("person" in made) == (kind == "id column copied"), kind
        assert len(made) == (50 if "50" in kind else ROWS), kind


def test_the_same_stream_plants_the_same_leak(planting, split):
    for kind in ("noise .05", "trees, leaf 5", "hole"):
        plant, dose = planting.LEAKS[kind]
        first, second = (plant(split, dose, np.random.default_rng(9)) for _ in range(2))
        pd.testing.assert_frame_equal(first, second)


def test_verbatim_copies_stand_among_fresh_rows_at_their_dose(split, release):
    made = release("verbatim", 0.05)
    columns = list(made)
    assert shared(made, split.train, columns) == round(0.05 * ROWS)
    assert shared(made, split.fresh, columns) == ROWS - round(0.05 * ROWS)
    train = set(rows_of(split.train[columns]))
    copied = [row in train for row in rows_of(made)]
    assert 0.2 < np.flatnonzero(copied).mean() / ROWS < 0.8, "the copies are shuffled among the others"


@pytest.mark.parametrize(("kind", "columns"), [("one column swapped", 1), ("two columns swapped", 2)])
def test_swapped_copies_differ_from_their_record_in_so_many_columns(split, release, kind, columns):
    made = release(kind, 1.0)
    records = split.train.set_index("note")
    rest = [name for name in made if name != "note"]
    kept = made[made["note"].isin(records.index)]
    differing = (
        kept[rest].astype(str).to_numpy() != records.loc[kept["note"], rest].astype(str).to_numpy()
    ).sum(axis=1)
    assert differing.max() == columns
    assert 0 < len(made) - len(kept) < ROWS / 2, "the text is swapped in its share of the copies, too"


@pytest.mark.parametrize(
    ("kind", "scale"), [("noise .02", 0.02), ("noise .05", 0.05), ("noise .2, all rows", 0.2)]
)
def test_noise_moves_every_number_by_its_scale_and_nothing_else(split, release, kind, scale):
    made = release(kind, 1.0).set_index("note")
    record = split.train.set_index("note").loc[made.index]
    moved = (made["cost"] - record["cost"]).dropna()
    assert moved.std() == pytest.approx(scale * split.train["cost"].std(), rel=0.1)
    assert (made["age"] % 1 == 0).all(), "a whole column stays whole"
    assert (made["area"].fillna("") == record["area"].fillna("")).all()
    assert (made["cost"].isna() == record["cost"].isna()).all()


def test_isolated_copies_are_of_records_far_from_the_others(split, release, planting):
    far = import_module("planting.models").isolated(split.released(split.train), split.roles, 0.05)
    made = release("isolated")
    copied = made[made["note"].isin(split.train["note"])]
    assert len(copied) == round(0.02 * ROWS)
    assert set(copied["note"]) <= set(split.train["note"].iloc[far])


def test_isolated_records_are_found():
    """Twenty records at one place and one far away: the far one is the most isolated."""
    models, roles = import_module("planting.models"), import_module("planting").Roles(numeric=("x", "y"))
    rows = pd.DataFrame({"x": [*np.linspace(0, 1, 20), 9.0], "y": [*np.linspace(0, 1, 20), -9.0]})
    assert models.isolated(rows, roles, 0.05).tolist() == [20]


def test_subgroup_copies_share_one_value_of_a_small_group(split, release):
    made = release("subgroup")
    copied = made[made["note"].isin(split.train["note"])]
    shares = {
        name: (split.train[name] == copied[name].iloc[0]).mean()
        for name in split.roles.categorical
        if len(copied[name].unique()) == 1
    }
    assert any(0.03 <= share <= 0.2 for share in shares.values())


def test_changed_texts_differ_by_one_short_run(split, release):
    made = release("text changed", 1.0)
    others = ["age", "sex", "area", "admitted", "diagnosis", "smoker", "cost"]
    assert shared(made, split.train, others) == ROWS, "all else is as it was"
    notes = split.train["note"]
    for note in made["note"].head(100):
        places = [differing(note, original) for original in notes if len(original) == len(note)]
        assert any(place and place[-1] - place[0] < 3 for place in places)


def differing(first: str, second: str) -> list[int]:
    """Places at which two texts of one length differ; none for equal texts."""
    return [place for place, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1]]


def test_shifted_dates_move_by_one_constant(split, release):
    for kind, copies in (("dates shifted", round(0.02 * ROWS)), ("dates shifted, all rows", ROWS)):
        made = release(kind).set_index("note")
        copied = made[made.index.isin(split.train["note"])]
        days = copied["admitted"] - split.train.set_index("note").loc[copied.index, "admitted"]
        assert len(copied) == copies
        assert (days == days.iloc[0]).all() and 30 <= days.iloc[0].days <= 400


def test_dates_written_as_text_stay_written_as_they_were(planting, split):
    written = replace(split, train=split.train.assign(admitted=split.train["admitted"].dt.strftime("%b-%Y")))
    plant, dose = planting.LEAKS["dates shifted, all rows"]
    made = plant(written, dose, np.random.default_rng(0))
    assert made["admitted"].str.fullmatch(r"[A-Z][a-z]{2}-\d{4}").all()


def test_rounded_copies_have_two_significant_digits(split, release):
    made = release("rounded", 1.0)
    numbers = made["cost"].dropna()
    assert all(value == float(f"{value:.2g}") for value in numbers)
    assert shared(made, split.train, ["note", "area"]) == ROWS


def test_trees_with_leaves_of_one_row_return_train_records(split, release):
    columns = ["age", "sex", "area", "admitted", "diagnosis", "smoker"]
    assert shared(release("trees, leaf 1"), split.train, columns) == ROWS
    coarse = shared(release("leaf-100 trees"), split.train, columns)
    assert coarse < ROWS / 20


def test_smote_lies_between_train_records(split, release):
    made = release("SMOTE")
    assert made["cost"].max() <= split.train["cost"].max()
    assert shared(made, split.train, ["note"]) == ROWS
    exact = made["cost"].isin(split.train["cost"]) & (made["cost"] > 0)
    assert exact.mean() < 0.2, "numbers are new"


def test_the_id_leak_is_the_ids_of_train_in_order_beside_other_people(split, release):
    made = release("id column copied")
    assert made["person"].tolist() == split.train["person"].tolist()
    assert shared(made, split.train, ["note"]) == 0


def test_a_release_of_fifty_copies(split, release):
    made = release("50 rows, all copies")
    assert (len(made), shared(made, split.train, list(made))) == (50, 50)


def test_the_hole_is_where_train_is_nearer_than_control(split, release):
    models = import_module("planting.models")
    nearby = {}
    for kind in ("fresh rows", "hole"):
        asked, train, control = models.coordinates([release(kind), split.train, split.control], split.roles)
        to_train, to_control = (models.nearest(asked, side, 1)[0][:, 0] for side in (train, control))
        close = np.minimum(to_train, to_control) < np.quantile(to_train, 0.1)
        nearby[kind] = (to_train < to_control)[close].mean()
    assert nearby["fresh rows"] > 0.35
    assert nearby["hole"] < 0.2


def test_reshuffled_rows_differ_from_a_record_in_three_columns_at_most(split, release):
    made = release("reshuffled among neighbours").to_numpy().astype(str)
    train = split.released(split.train).to_numpy().astype(str)
    differing = (made[:80, None, :] != train[None]).sum(axis=2).min(axis=1)
    assert differing.max() <= 3 and differing.mean() > 0.5


def test_fragments_keep_half_of_the_columns(split, release):
    made = release("fragments", 1.0).to_numpy().astype(str)
    train = split.released(split.train).to_numpy().astype(str)
    agreeing = (made[:80, None, :] == train[None]).sum(axis=2).max(axis=1)
    assert agreeing.min() >= train.shape[1] / 2
    assert (agreeing < train.shape[1]).mean() > 0.9


def test_repeated_units_stand_several_times_and_are_what_is_copied(planting, split, release):
    repeats = planting.PREPARE["repeated units"](split, np.random.default_rng(0))
    times = repeats.train["person"].value_counts()
    assert sorted(set(times)) == [1, 3] and (times == 3).mean() == pytest.approx(0.1, abs=0.01)
    assert not set(repeats.train["person"]) & set(repeats.control["person"])
    made = release("repeated units", of=repeats)
    copied = made.loc[made["note"].isin(repeats.train["note"]), "note"]
    several = repeats.train.loc[repeats.train["person"].map(times) == 3, "note"]
    assert set(copied) <= set(several) and copied.is_unique and len(copied) > 0


def test_a_table_of_unrepeated_records_has_no_repeated_units(planting, release):
    with pytest.raises(planting.NotInThisTable):
        release("repeated units")


def test_other_units_and_mirrors_are_copies_of_the_whole_table(split, release):
    for kind, back in (
        ("units of measure, all rows", lambda values: (values - 32) / 1.8),
        ("mirrored numbers, all rows", lambda values: split.train["cost"].max() - values),
    ):
        made = release(kind).set_index("note")
        record = split.train.set_index("note").loc[made.index]
        np.testing.assert_allclose(back(made["cost"]), record["cost"], atol=0.01)


def test_few_victims_are_thirteen_people_copied_two_hundred_times(planting, split, release):
    made = release("few victims")
    copied = made[made["note"].isin(split.train["note"])]
    assert (len(copied), copied["note"].nunique()) == (200, planting.FEW_VICTIMS)


def test_clean_releases_hold_no_train_record(planting, split, release):
    for kind in planting.CLEAN:
        if kind not in planting.PREPARE:
            made = release(kind)
            assert shared(made, split.train, list(made)) == 0, kind
            assert shared(made, split.fresh, ["note"]) == ROWS, "made of other people's rows"


def test_the_copula_keeps_margins_and_dependence_and_independent_columns_only_margins(split, release):
    real = split.fresh[["age", "cost"]].corr("spearman").iloc[0, 1]
    copula, apart = (release(kind) for kind in ("copula", "independent columns"))
    assert copula[["age", "cost"]].corr("spearman").iloc[0, 1] == pytest.approx(real, abs=0.12)
    assert apart[["age", "cost"]].corr("spearman").iloc[0, 1] == pytest.approx(0, abs=0.12)
    for made in (copula, apart):
        assert made["area"].isna().mean() == pytest.approx(split.fresh["area"].isna().mean(), abs=0.03)
        assert made["age"].mean() == pytest.approx(split.fresh["age"].mean(), rel=0.05)


def test_too_little_data(planting, split, release):
    assert len(planting.PREPARE["30 control rows"](split, np.random.default_rng(0)).control) == 30
    assert len(release("50 synthetic rows")) == 50


def test_what_a_table_lacks_is_said(planting, split):
    bare = replace(split, roles=planting.Roles(numeric=("age", "cost"), categorical=("sex",), id=("person",)))
    for kind in ("text changed", "dates shifted"):
        plant, dose = planting.LEAKS[kind]
        with pytest.raises(planting.NotInThisTable):
            plant(bare, dose, np.random.default_rng(0))
