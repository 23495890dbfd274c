"""Segments: a leak in a small group alone is found there, and what cannot be seen there does not decide."""

import numpy as np
import pandas as pd
import pytest

import privacy
from privacy import Segment
from privacy.result import Outcome, Status
from privacy.segments import in_stated_shares

SIZE = 1500


@pytest.fixture
def tables(people):
    """`tables(copies)`: train, control and fresh rows, so many of which are train's people of area A01."""

    def make(copies):
        rows = people(3 * SIZE, 5)
        train, control, fresh = (rows[at * SIZE : (at + 1) * SIZE].reset_index(drop=True) for at in range(3))
        group = np.flatnonzero((train.area == "A01") & (train.cost > 0))[:copies]
        theirs = np.flatnonzero(fresh.area == "A01")[:copies]
        assert len(group) == len(theirs) == copies
        synthetic = pd.concat([fresh.drop(theirs), train.iloc[group]], ignore_index=True)
        return train, control, synthetic.drop(columns="person")

    return make


def audited(people_schema, tables, names=("A01",)):
    segments = [
        Segment(
            f"area {name}", *((table.area == name).to_numpy(dtype=bool, na_value=False) for table in tables)
        )
        for name in names
    ]
    return privacy.audit(
        *(*tables, people_schema), random_state=1, attacks=("memorisation",), segments=segments
    )


def of_segment(audit):
    return [finding for finding in audit.findings if finding.name.startswith("segment area A01: ")]


def test_copies_of_one_group_fail_the_release(people_schema, tables):
    audit = audited(people_schema, tables(40))
    leaks = [finding for finding in of_segment(audit) if finding.status is Status.LEAK]
    assert leaks
    assert audit.verdict.outcome is Outcome.FAIL
    assert any("In segment area A01 alone: " in reason for reason in audit.verdict.reasons)


def test_a_clean_group_is_told_of_and_does_not_decide(people_schema, tables):
    """A group of two hundred is too few to see a leak at the limit: its findings stand there, and none gates."""
    audit = audited(people_schema, tables(0))
    found = of_segment(audit)
    assert {"segment area A01: closest records", "segment area A01: exact copies"} <= {f.name for f in found}
    assert not any(finding.gating or finding.status is Status.LEAK for finding in found)
    whole = privacy.audit(*tables(0), people_schema, random_state=1, attacks=("memorisation",))
    assert audit.verdict.outcome is whole.verdict.outcome
    assert [f for f in audit.findings if f not in found] == list(whole.findings), "no other number changes"


def test_a_segment_without_rows_is_said_to_be_one(people_schema, tables):
    audit = audited(people_schema, tables(0), names=("A99",))
    (skip,) = (skip for skip in audit.skipped if skip.name.startswith("segment"))
    assert skip.reason == "one of the tables has no row of it"
    assert not skip.gating


@pytest.mark.slow
def test_clean_groups_raise_an_alarm_no_more_often_than_they_may(people_schema, people):
    """Three segments of thirty clean tables: two alarms in thirty is what .05 may give by chance."""
    alarms = 0
    for seed in range(30):
        rows = people(2400, 100 + seed)
        parts = [rows[at * 800 : (at + 1) * 800].reset_index(drop=True) for at in range(3)]
        parts[2] = parts[2].drop(columns="person")
        audit = audited(people_schema, parts, names=("A01", "A02", "A03"))
        named = [f for f in audit.findings if f.name.startswith("segment")]
        alarms += any(finding.status is Status.LEAK for finding in named)
    assert alarms <= 4


def test_a_name_that_findings_could_not_carry_is_refused():
    mask = np.ones(3, bool)
    with pytest.raises(privacy.ConfigError, match="has no colon"):
        Segment("a: b", mask, mask, mask)


def test_people_are_taken_in_the_stated_shares():
    """Of 100 a, 200 b and 300 others, half a and a tenth b: 200 rows can be had, all of a, 20 and 80."""
    kind = np.repeat(["a", "b", "c"], [100, 200, 300])
    frame = pd.DataFrame({"kind": kind, "row": np.arange(600)})
    segments = [
        Segment(name, *((frame.kind == name).to_numpy() for _ in range(3)), share)
        for name, share in {"a": 0.5, "b": 0.1}.items()
    ]
    ours, theirs = in_stated_shares(segments, frame, frame, np.random.default_rng(0))
    for table in (ours, theirs):
        assert table.kind.value_counts().to_dict() == {"a": 100, "c": 80, "b": 20}
        assert table.row.is_unique
    assert list(ours.row) != list(theirs.row)


def test_where_nothing_is_stated_or_too_few_would_be_left_all_people_are_compared():
    frame = pd.DataFrame({"kind": np.repeat(["a", "c"], [10, 590])})
    mask = (frame.kind == "a").to_numpy()
    for share in (None, 0.5):
        segments = [Segment("a", mask, mask, mask, share)]
        assert in_stated_shares(segments, frame, frame, np.random.default_rng(0))[0] is frame
    whole = np.ones(600, bool)
    ours, _ = in_stated_shares(
        [Segment("all", whole, whole, whole, 1.0)], frame, frame, np.random.default_rng(0)
    )
    assert len(ours) == 600


def test_a_table_of_one_segment_is_as_various_as_its_people(people_schema, people):
    """Only smokers were asked for: held against everybody half of the cells would be missing."""
    rows = people(6000, 5)
    parts = [rows[at * 2000 : (at + 1) * 2000].reset_index(drop=True) for at in range(3)]
    parts[2] = parts[2][parts[2].smoker].drop(columns="person").reset_index(drop=True)
    masks = [table.smoker.to_numpy() for table in parts]

    def joint_cells(share):
        segment = Segment("smokers", *masks, share)
        audit = privacy.audit(*parts, people_schema, random_state=1, attacks=(), segments=[segment])
        return next(measure for measure in audit.fidelity if measure.name == "joint cells reached").value

    assert joint_cells(1.0) > 0.98
    assert joint_cells(None) < 0.92
