"""All releases together: a leak that is dealt out over tables is found in their union."""

import numpy as np
import pandas as pd
import pytest

import privacy
from privacy.policy import Policy
from privacy.result import Finding, Status
from privacy.union import Union


@pytest.fixture
def releases(people):
    """`releases(size, copies, seed)`: train, control, and two fresh tables with that many copies of train each."""

    def make(size, copies, seed):
        rows = people(4 * size, seed)
        train, control, *fresh = (rows[at * size : (at + 1) * size].reset_index(drop=True) for at in range(4))
        chosen = np.random.default_rng(seed).permutation(size)[: 2 * copies].reshape(2, copies)
        tables = [
            pd.concat([table[copies:], train.iloc[which]], ignore_index=True).drop(columns="person")
            for table, which in zip(fresh, chosen, strict=True)
        ]
        return train, control, tables

    return make


def audited(people_schema, train, control, released, earlier=()):
    return privacy.audit(
        *(train, control, released, people_schema), earlier=earlier, random_state=1, attacks=("memorisation",)
    )


def leaks(audit):
    return [finding.name for finding in audit.findings if finding.status is Status.LEAK]


def test_a_leak_dealt_out_over_two_releases_is_seen_in_their_union(people_schema, releases):
    """Six persons of 800 in each table: neither is called a leak, twelve of one side are."""
    train, control, (first, second) = releases(800, 6, 1)
    assert not leaks(audited(people_schema, train, control, first))
    together = audited(people_schema, train, control, second, earlier=[first])
    assert together.earlier_releases == 1
    assert leaks(together)
    assert all(name.startswith("union of 2 releases: ") for name in leaks(together))
    assert together.verdict.outcome == "fail"
    assert any("All 2 releases of this source together" in reason for reason in together.verdict.reasons)


def test_two_clean_releases_are_no_leak_together(people_schema, releases):
    train, control, (first, second) = releases(800, 0, 2)
    audit = audited(people_schema, train, control, second, earlier=[first])
    assert not leaks(audit)
    united = [finding for finding in audit.findings if finding.name.startswith("union of 2 releases")]
    assert {finding.name.split(": ")[1] for finding in united} >= {"closest records", "exact copies"}
    assert all(finding.status is not None for finding in united), "what says nothing of a leak is left out"


def examined(union, seed=1):
    from privacy.examination import Clock

    rng = np.random.default_rng(seed)
    return union.examine(Policy.load("controlled"), 0.05, rng, Clock(lambda event: None))


def test_only_columns_of_all_releases_are_compared(people_schema, releases):
    train, control, (first, second) = releases(300, 0, 3)
    seen = examined(Union(train, control, (first.drop(columns="cost"), second), people_schema))
    assert {finding.name for finding in seen.findings} >= {"closest records", "exact copies"}
    assert not seen.skipped or all("union of 2" in skip.name for skip in seen.skipped)


def test_releases_that_cannot_be_laid_together_leave_the_question_open(people_schema, releases):
    train, control, (first, second) = releases(300, 0, 3)
    broken = first.assign(age="a word")
    (skip,) = examined(Union(train, control, (broken, second), people_schema)).skipped
    assert skip.gating
    assert "a word" not in skip.reason
    nothing = first.rename(columns=lambda name: f"other {name}")
    (skip,) = examined(Union(train, control, (nothing, second), people_schema)).skipped
    assert "no column in common" in skip.reason


def test_findings_are_renamed_only_when_judged():
    finding = Finding(
        **{"attack": "memorisation", "name": "exact copies", "threat": "t", "sentence": "s"},
        **{"value": {"value": 0.0}, "control": None, "trials_asked": 1, "trials_made": 1},
    )
    union = Union(pd.DataFrame(), pd.DataFrame(), (pd.DataFrame(),) * 3, None)
    bounded = finding.model_copy(update={"status": Status.BOUNDED})
    assert [told.name for told in union.told([finding, bounded])] == ["union of 3 releases: exact copies"]
