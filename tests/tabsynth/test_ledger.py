"""The ledger: what is an attempt, what is one source, and what a release must tell."""

import io
import multiprocessing
import os
import stat

import pandas as pd
import pytest

from privacy.result import Outcome
from privacy.spending import alpha_at
from tabsynth.attempts import Asked
from tabsynth.chain import LedgerError
from tabsynth.ledger import Ledger, ledger_folder, require_release
from tabsynth.ledger_view import HEADINGS, lines
from tabsynth.lineage.ancestry import Ancestor, Lineage, real
from tabsynth.manifest import Commitments, Manifest

KEY = bytes(range(32))


def asked(**changes):
    told = {
        "policy": "controlled",
        "policy_sha256": "p",
        "config": "c",
        "source": "s",
        "seed": "1",
        "columns": ("age", "sex", "area", "cost"),
        "split": "t",
        "sides": "r",
    }
    return Asked(**{**told, **changes})


def table(number):
    content = io.BytesIO()
    pd.DataFrame({"number": [number]}).to_parquet(content)
    return content.getvalue()


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger", KEY)


def tried(ledger, outcome=Outcome.PASS, **changes):
    attempt = ledger.open_attempt(asked(**changes), 0.05)
    ledger.record_verdict(attempt, outcome)
    return attempt


def released(ledger, number, **changes):
    return ledger.record_release(tried(ledger, **changes), f"release {number}", table(number))


def test_attempts_are_counted_and_spend_alpha(ledger):
    attempts = [tried(ledger, Outcome.FAIL, seed=str(number)) for number in range(3)]
    assert [attempt.number for attempt in attempts] == [1, 2, 3]
    assert [attempt.alpha for attempt in attempts] == [alpha_at(0.05, number) for number in (1, 2, 3)]


def test_an_attempt_counts_from_the_moment_it_is_opened(ledger):
    """A crash, or a look at the report and Ctrl-C: no verdict was written."""
    ledger.open_attempt(asked(), 0.05)
    assert ledger.open_attempt(asked(), 0.05).number == 2


def _die_after_opening(folder):
    Ledger(folder, KEY).open_attempt(asked(), 0.05)
    os._exit(1)


def test_an_attempt_outlives_its_program(tmp_path, ledger):
    worker = multiprocessing.get_context("fork").Process(
        target=_die_after_opening, args=(tmp_path / "ledger",)
    )
    worker.start()
    worker.join()
    assert worker.exitcode == 1
    attempt = tried(ledger)
    assert attempt.number == 2
    history = ledger.record_release(attempt, "r", table(1))
    assert history.earlier_outcomes == {"unfinished": 1}


def _open(folder):
    Ledger(folder, KEY).open_attempt(asked(), 0.05)


def test_two_programs_at_once_get_different_numbers(tmp_path, ledger):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_open, args=(tmp_path / "ledger",)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [row[2] for row in lines(ledger.links())] == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    "same",
    [
        {"source": "one row changed"},
        {"split": "a person more"},
        {"columns": ("age", "sex", "area")},
        {"columns": ("age", "sex", "area", "cost", "more", "and", "more", "still")},
        {"columns": ("age", "sex", "renamed", "renamed too")},
    ],
)
def test_a_trifling_change_makes_no_new_source(ledger, same):
    tried(ledger)
    assert tried(ledger, **same).number == 2


def test_another_table_under_the_same_key_is_another_source(ledger):
    tried(ledger)
    assert tried(ledger, columns=("stock", "price", "cost")).number == 1


def test_a_source_that_changes_step_by_step_stays_the_same_one(ledger):
    tried(ledger, columns=("a", "b", "c", "d"))
    tried(ledger, columns=("c", "d", "e", "f"))
    assert tried(ledger, columns=("e", "f", "g", "h")).number == 3


def test_another_policy_is_allowed_and_seen(ledger):
    tried(ledger, Outcome.FAIL)
    history = released(ledger, 1, policy="internal", policy_sha256="q")
    assert history.policies == 2
    assert lines(ledger.links())[2][3] == "internal *"


def test_the_manifest_is_told_all_of_it(ledger):
    tried(ledger, Outcome.FAIL, seed="1")
    tried(ledger, Outcome.INCONCLUSIVE, seed="2")
    released(ledger, 1, seed="3")
    tried(ledger, columns=("stock", "price"))
    history = released(ledger, 2, seed="4")
    assert history.attempt == 4
    assert history.alpha_spent == alpha_at(0.05, 4)
    assert history.earlier_outcomes == {"fail": 1, "inconclusive": 1, "pass": 1}
    assert history.earlier_releases == 1
    assert history.attempts_in_ledger == 5
    assert history.ledger_head == ledger.links()[-1].hash


def test_what_was_released_is_kept_for_the_next_attempt(ledger, tmp_path):
    released(ledger, 1, seed="1")
    released(ledger, 2, seed="2")
    attempt = ledger.open_attempt(asked(seed="3"), 0.05)
    assert [list(kept["number"]) for kept in ledger.comparable_tables(attempt)] == [[1], [2]]
    for path in (tmp_path / "ledger" / "releases").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.write_bytes(table(3))
    with pytest.raises(LedgerError, match=r"missing or altered; put the data\.parquet of that bundle there"):
        ledger.comparable_tables(attempt)


def test_a_release_is_not_audited_together_with_what_is_made_of_its_own_rows(ledger):
    """It would be found again there. Other releases of that source still are."""
    for number in (1, 2):
        released(ledger, number, seed=str(number))
    attempt = tried(ledger, seed="3", contains=("release 1",))
    assert attempt.number == 3
    (other,) = ledger.comparable_tables(attempt)
    assert other["number"].tolist() == [2]
    history = ledger.record_release(attempt, "release 3", table(3))
    assert (history.attempt, history.earlier_releases) == (3, 1)
    assert len(ledger.kept_tables()) == 3


def test_releases_by_another_split_cannot_be_laid_together(ledger):
    released(ledger, 1, seed="1", sides="half and half")
    attempt = ledger.open_attempt(asked(seed="2"), 0.05)
    assert (len(attempt.releases), attempt.comparable) == (1, ())


def test_two_tables_that_were_not_audited_together_do_not_both_leave(ledger):
    first, second = (ledger.open_attempt(asked(seed=seed), 0.05) for seed in "12")
    ledger.record_release(first, "r", table(1))
    with pytest.raises(LedgerError, match="run the release again: both are then audited together"):
        ledger.record_release(second, "q", table(2))


def test_what_was_released_can_be_made_again_under_its_number(ledger):
    first = released(ledger, 1, seed="1")
    released(ledger, 2, seed="2")
    again = tried(ledger, seed="1")
    assert (again.number, again.alpha, again.releases) == (1, first.alpha_spent, ())
    assert ledger.record_release(again, "again", table(1)).attempt == 1
    assert tried(ledger, seed="3").number == 3, "making a bundle again is no attempt"
    with pytest.raises(LedgerError, match="gave another table"):
        ledger.record_release(again, "again", table(3))


def test_what_failed_is_an_attempt_every_time(ledger):
    """On a machine that does not repeat itself, the same seed would be a new draw."""
    assert [tried(ledger, Outcome.FAIL).number for _ in range(3)] == [1, 2, 3]


def test_a_bundle_is_found_in_the_ledger_it_was_made_with_and_in_no_other(ledger, tmp_path):
    history = released(ledger, 1)
    manifest = Manifest(
        release_id="release 1",
        generation=1,
        lineage=Lineage.made(Ancestor(kind="synthetic", generation=1), [(real(), None)]),
        created="2026-01-01T00:00:00+00:00",
        rows=1,
        columns=("number",),
        generator="copula",
        settings={},
        facts={},
        versions={},
        policy_sha256="p",
        commitments=Commitments(source="s", split="t", seed="u"),
        history=history,
        files={},
    )
    (tmp_path / "manifest.json").write_bytes(manifest.sealed().to_bytes())
    require_release(ledger.links(), tmp_path)
    with pytest.raises(LedgerError, match="cut off or begun anew"):
        require_release(ledger.links()[:-1], tmp_path)
    with pytest.raises(LedgerError, match="cut off or begun anew"):
        require_release([], tmp_path)


def test_an_entry_holds_no_name_of_a_column(tabsynth_asked):
    assert not {"age", "sex", "diagnosis"} & set(tabsynth_asked.columns)
    assert "person" not in tabsynth_asked.model_dump_json()


@pytest.fixture
def tabsynth_asked(people_schema):
    from privacy import Policy
    from tabsynth.booking import asked as asked_of
    from tabsynth.config import RunConfig

    commitments = Commitments(source="s", split="t", seed="u")
    return asked_of(KEY, people_schema, RunConfig(), Policy.load("controlled"), commitments)


def test_it_lies_beside_the_key(tmp_path):
    assert ledger_folder(tmp_path / "source.key") == tmp_path / "source.key.ledger"


def test_it_is_printed_line_by_line(ledger):
    released(ledger, 1)
    rows = lines(ledger.links())
    assert {len(row) for row in rows} == {len(HEADINGS)}
    assert [row[-1].split()[0] for row in rows] == ["opened,", "verdict", "release"]
