"""The trio is aligned, or refused: a control that shares people with train, or is not like it, proves nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.errors import EvidenceError, SchemaError
from privacy.evidence import Evidence, gather
from privacy.evidence.split_tests import straddling_p
from privacy.result import Check
from privacy.schema import Column, Kind, Role, Schema

People = Callable[[int, int], pd.DataFrame]


def split(frame: pd.DataFrame, seed: int, share: float = 0.75) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = np.random.default_rng(seed).permutation(len(frame))
    return frame.iloc[rows[: int(share * len(frame))]], frame.iloc[rows[int(share * len(frame)) :]]


def collect(train: pd.DataFrame, control: pd.DataFrame, schema: Schema, seed: int = 0) -> Evidence:
    """Evidence with train as its own synthetic table: the split checks do not look at it."""
    return gather(train, control, train, schema, np.random.default_rng(seed))


def check(evidence: Evidence, name: str) -> Check:
    return next(check for check in evidence.checks if check.name == name)


@pytest.fixture
def keyless(people_schema: Schema) -> Schema:
    return Schema(columns=people_schema.compared)


def without_key(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="person")


def with_noise(frame: pd.DataFrame, sd: float, rng: np.random.Generator) -> pd.DataFrame:
    moved = {
        name: (frame[name] + rng.normal(0, sd * frame[name].std(), len(frame))).round(2)
        for name in ("age", "cost")
    }
    return frame.assign(person=[f"Q{row}" for row in range(len(frame))], **moved)


def test_frames_hold_the_compared_columns_and_nothing_else(people: People, people_schema: Schema) -> None:
    train, control = split(people(400, 0), 0)
    evidence = collect(train, control, people_schema)
    names = [column.name for column in people_schema.compared]
    for frame in (evidence.train, evidence.control, evidence.synthetic):
        assert list(frame.columns) == names
    assert len(evidence.units) == 400
    assert len(evidence.train_at) == len(evidence.synthetic_at) == 300
    assert evidence.keyed
    assert evidence.odds == 3
    assert all(check.passed for check in evidence.checks)


def test_identifiers_may_be_absent_from_the_synthetic_table(people: People, people_schema: Schema) -> None:
    train, control = split(people(300, 0), 0)
    evidence = gather(train, control, without_key(train), people_schema, np.random.default_rng(0))
    assert len(evidence.synthetic) == len(train)


def test_a_column_that_is_not_released_is_compared_only_where_it_stands(people: People) -> None:
    note = Column(name="note", kind=Kind.TEXT)
    schema = Schema(columns=(Column(name="age", kind=Kind.NUMERIC), note))
    train, control = split(people(300, 0)[["age"]].assign(note="well"), 0)
    rng = np.random.default_rng(0)
    left_out = gather(train, control, train[["age"]], schema, rng)
    assert list(left_out.train.columns) == ["age"] == [column.name for column in left_out.schema.compared]
    assert list(gather(train, control, train, schema, rng).train.columns) == ["age", "note"]


def test_units_are_entities_and_unknown_entities_people_of_their_own(
    people: People, people_schema: Schema
) -> None:
    frame = people(300, 0)
    frame.loc[:5, "person"] = "P000009"
    frame.loc[[20, 21], "person"] = None
    evidence = collect(frame, people(100, 1).assign(person=lambda f: "C" + f["person"]), people_schema)
    ours = evidence.units[:300]
    assert (ours[:6] == ours[9]).all()
    assert ours[20] != ours[21]
    assert np.unique(evidence.units).size == 300 - 6 + 100
    assert ours[0] == 0


def test_without_a_key_units_are_groups_of_equal_rows(people: People, keyless: Schema) -> None:
    frame = without_key(people(300, 0))
    frame.iloc[1] = frame.iloc[0]
    evidence = collect(frame, without_key(people(100, 1)), keyless)
    assert evidence.units[0] == evidence.units[1]
    assert np.unique(evidence.units).size == 399
    assert evidence.odds == 3


def test_a_key_the_schema_names_but_the_tables_lack_is_a_failed_check(
    people: People, people_schema: Schema
) -> None:
    train, control = split(people(300, 0), 0)
    evidence = collect(without_key(train), without_key(control), people_schema)
    assert not check(evidence, "entity key").passed


@pytest.mark.parametrize(("train", "control"), [(30, 300), (300, 30)])
def test_few_units_are_a_failed_check(
    people: People, people_schema: Schema, train: int, control: int
) -> None:
    rows = people(330, 0)
    evidence = collect(rows[:train], rows[train:], people_schema)
    assert not check(evidence, "enough units").passed


def test_tiny_tables_are_refused(people: People, people_schema: Schema) -> None:
    rows = people(100, 0)
    for trio in (
        (rows[:1], rows[1:], rows),
        (rows[1:], rows[:1], rows),
        (rows[:50], rows[50:], rows[:1]),
    ):
        with pytest.raises(EvidenceError, match="has 1 row"):
            gather(*trio, people_schema, np.random.default_rng(0))
    with pytest.raises((EvidenceError, SchemaError), match=r"no rows|0 row"):
        collect(rows[:0], rows, people_schema)


def test_a_table_of_identifiers_cannot_be_compared(people: People) -> None:
    schema = Schema(columns=(Column(name="person", kind=Kind.ID, role=Role.IDENTIFIER),))
    with pytest.raises(EvidenceError, match="no column to compare"):
        collect(people(60, 0)[["person"]], people(60, 1)[["person"]], schema)


def test_one_shared_entity_is_refused_and_not_named(people: People, people_schema: Schema) -> None:
    train, control = split(people(400, 0), 0)
    control = pd.concat([control, train[:1]])
    with pytest.raises(EvidenceError, match="1 of its entities") as refusal:
        collect(train, control, people_schema)
    assert train["person"].iloc[0] not in str(refusal.value)


SPELLINGS = [
    ("Zo\u00eb", "Zoe\u0308"),
    ("Zo\u00eb", " Zo\u00eb\t"),
    (12, "12 "),
    (12.0, 12),
    (4000000000000001.0, 4000000000000001),
]


@pytest.mark.parametrize(("there", "here"), SPELLINGS)
def test_one_spelling_of_a_person_in_both_tables_is_refused(
    people: People, people_schema: Schema, there: object, here: object
) -> None:
    train, control = (side.astype({"person": object}) for side in split(people(400, 0), 0))
    train.iloc[0, train.columns.get_loc("person")] = there
    control.iloc[0, control.columns.get_loc("person")] = here
    with pytest.raises(EvidenceError, match="1 of its entities"):
        collect(train, control, people_schema)
    control.iloc[0] = train.iloc[0]
    control.iloc[0, control.columns.get_loc("person")] = here
    with pytest.raises(EvidenceError, match="1 of its rows"):
        collect(train, control, Schema(columns=people_schema.columns))


def test_one_spelling_is_one_unit_and_a_blank_names_nobody(people: People, people_schema: Schema) -> None:
    train, control = split(people(400, 0), 0)
    train.iloc[:5, train.columns.get_loc("person")] = ["Zo\u00eb", "Zoe\u0308", " Zo\u00eb", " ", " "]
    control.iloc[0, control.columns.get_loc("person")] = " "
    evidence = collect(train, control, people_schema)
    assert evidence.units[:5].tolist() == [0, 0, 0, 1, 2]
    assert np.unique(evidence.units).size == 400 - 2


def test_a_shared_row_number_is_refused_only_with_the_same_row_behind_it(
    people: People, people_schema: Schema
) -> None:
    numbered = Schema(columns=people_schema.columns)
    train, control = split(people(400, 0), 0)
    with pytest.raises(EvidenceError, match="1 of its rows"):
        collect(train, pd.concat([control, train[:1]]), numbered)
    afresh = [frame.assign(person=[f"{row}" for row in range(len(frame))]) for frame in (train, control)]
    assert check(collect(*afresh, numbered), "exchangeable").passed


def test_the_same_table_twice_is_refused(people: People, people_schema: Schema, keyless: Schema) -> None:
    train = people(300, 0)
    with pytest.raises(EvidenceError, match="same table"):
        collect(train, train, people_schema)
    with pytest.raises(EvidenceError, match="same rows as train"):
        collect(without_key(train), without_key(train.sample(frac=1, random_state=1)), keyless)


@pytest.mark.parametrize("copied", [20, 60, 250])
def test_copied_rows_without_a_key_are_refused(people: People, keyless: Schema, copied: int) -> None:
    for seed in range(5):
        train, control = split(without_key(people(1000, seed)), seed)
        control = pd.concat([control[copied:], train[:copied]])
        with pytest.raises(EvidenceError, match="equal train rows"):
            collect(train, control, keyless)


@pytest.mark.parametrize(("sd", "copied"), [(0.01, 250), (0.05, 250), (0.01, 125)])
def test_near_copies_are_refused_though_their_keys_are_new(
    people: People, people_schema: Schema, sd: float, copied: int
) -> None:
    for seed in range(3):
        train, control = split(people(1000, seed), seed)
        near = with_noise(train[:copied], sd, np.random.default_rng(seed))
        with pytest.raises(EvidenceError, match="nearly equal train rows"):
            collect(train, pd.concat([control[copied:], near]), people_schema)


def count_false_alarms(trios: list[tuple[pd.DataFrame, pd.DataFrame]], schema: Schema) -> int:
    """Clean splits that are called different; a refused one raises."""
    return sum(
        not check(collect(*trio, schema, seed), "exchangeable").passed for seed, trio in enumerate(trios)
    )


def test_clean_splits_stand(people: People, people_schema: Schema) -> None:
    trios = [split(people(600, seed), seed) for seed in range(12)]
    assert count_false_alarms(trios, people_schema) == 0


def test_clean_splits_of_tables_full_of_duplicates_stand(people: People, keyless: Schema) -> None:
    few = Schema(columns=tuple(c for c in keyless if c.name in ("sex", "area", "smoker", "diagnosis")))
    trios = [split(people(800, seed)[list(few.names)], seed, 0.6) for seed in range(20)]
    assert count_false_alarms(trios, few) == 0


@pytest.mark.parametrize("redrawn", [0.0, 0.3])
def test_repeats_split_by_person_stand(people: People, people_schema: Schema, redrawn: float) -> None:
    """Three equal or similar rows a person: near-copies, all on their person's side."""
    trios = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        persons = people(200, seed)
        rows = pd.concat([persons] * 3, ignore_index=True)
        for name in ("age", "cost"):
            again = rng.random(len(rows)) < redrawn
            rows.loc[again, name] = rng.permutation(rows[name].to_numpy())[again]
        in_train = rows["person"].isin(rng.permutation(persons["person"])[:150])
        trios.append((rows[in_train], rows[~in_train]))
    assert count_false_alarms(trios, people_schema) == 0


def test_a_control_from_elsewhere_is_not_exchangeable(people: People, people_schema: Schema) -> None:
    rows = people(2000, 0)
    train, control = split(rows[rows["age"] < 70], 0)
    older = people(3000, 1).assign(person=lambda f: "C" + f["person"])
    drifted = pd.concat([control[:200], older[older["age"] > 55]])
    assert check(collect(train, control, people_schema), "exchangeable").passed
    result = check(collect(train, drifted, people_schema), "exchangeable")
    assert not result.passed
    assert result.p_value is not None
    assert result.p_value < 1e-3


def test_households_on_one_side_only_are_not_exchangeable(people: People, keyless: Schema) -> None:
    """A control of another year: its margins are train's, but the household mates are all among train."""
    for seed in range(3):
        rows = without_key(people(1000, seed))
        mates = rows[:30].assign(age=lambda f: f["age"] + 1)
        train, control = pd.concat([rows[:500], mates]), rows[500:]
        assert check(collect(train[:500], control, keyless), "exchangeable").passed
        assert not check(collect(train, control, keyless), "exchangeable").passed


def test_two_rows_against_two_are_not_surely_different(people: People, keyless: Schema) -> None:
    rows = without_key(people(40, 0)).sort_values("age")
    assert check(collect(rows[:3], rows[-3:], keyless), "exchangeable").passed


def test_all_missing_and_constant_columns_are_evidence_like_any_other(people: People) -> None:
    rows = people(300, 0)[["age", "sex"]].assign(empty=None, same="x", hollow=np.nan)
    schema = Schema(
        columns=tuple(
            Column(name=name, kind=Kind.NUMERIC if name in ("age", "hollow") else Kind.CATEGORICAL)
            for name in rows.columns
        )
    )
    assert collect(*split(rows, 0), schema).ruler.ranked == ("age",)
    constant = schema.model_copy(update={"columns": schema.columns[2:4]})
    evidence = collect(*split(rows[["empty", "same"]], 0), constant)
    assert np.unique(evidence.units).size == 1


def test_straddling_pairs_by_hand() -> None:
    """Twenty pairs of equal rows, all parted, at equal sizes: chance 1/2 each."""
    groups = np.repeat(np.arange(20), 2)
    parted = np.tile([True, False], 20)
    assert straddling_p(groups, parted) == pytest.approx(0.5**20, rel=0.05)
    assert straddling_p(np.arange(40), parted) == 1


def test_straddling_never_claims_more_than_the_chance_there_is() -> None:
    """Simulated: the bound is below a level no more often than the level."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(400), rng.geometric(0.5, 400))
    bounds = np.array([straddling_p(groups, rng.random(len(groups)) < 0.75) for _ in range(150)])
    assert (bounds < 0.05).mean() <= 0.05
    assert (bounds < 0.5).any()
