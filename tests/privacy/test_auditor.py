"""The audit as a whole: any table in, one record out, nothing absent and nothing depending on its neighbour."""

import pyarrow as pa
import pytest

import privacy
from privacy.attacks import attack_names
from privacy.errors import ConfigError, EvidenceError, PolicyError, SourceError
from privacy.policy import Policy
from privacy.result import Finding, Outcome, Skipped, Status

QUICK = ("identifiers", "memorisation", "distance")


@pytest.fixture
def sides(people):
    rows = people(600, 1)
    return rows[:250], rows[250:450], rows[450:].drop(columns="person")


def audited(sides, schema, attacks=("identifiers",), seed=1, **options):
    return privacy.audit(*sides, schema, random_state=seed, attacks=attacks, **options)


def plain(audit):
    """The record without what no seed decides."""
    return audit.model_dump(mode="json", exclude={"created", "seconds"})


def test_frames_and_arrow_tables_give_the_same_record(sides, people_schema):
    arrow = [pa.Table.from_pandas(side, preserve_index=False) for side in sides]
    assert plain(audited(arrow, people_schema)) == plain(audited(sides, people_schema))


def test_one_seed_one_record(sides, people_schema):
    first = audited(sides, people_schema, seed=5)
    assert first.seed == 5
    assert plain(audited(sides, people_schema, seed=5)) == plain(first)
    unseeded = audited(sides, people_schema, seed=None)
    assert unseeded.seed is not None, "a seed drawn by the audit is recorded, so that it can be repeated"


def test_leaving_attacks_out_changes_no_other_number_and_is_told(sides, people_schema):
    few, more = (audited(sides, people_schema, attacks) for attacks in (QUICK[:1], QUICK))
    kept = [f for f in more.findings if f.attack in ("gate", *QUICK[:1])]
    assert [f.model_dump() for f in kept] == [f.model_dump() for f in few.findings]
    assert {skip.name for skip in few.skipped if "left out" in skip.reason} == {*attack_names()} - {
        *QUICK[:1]
    }
    assert "memorisation" not in {skip.name for skip in more.skipped}


def test_the_verdict_cannot_rest_on_an_attack_that_was_left_out(sides, people_schema):
    audit = audited(sides, people_schema)
    assert audit.verdict.outcome == "inconclusive"
    assert any("memorisation could not run" in reason for reason in audit.verdict.reasons)


def test_a_guessed_schema_is_told(sides):
    audit = privacy.audit(*(side.drop(columns="person", errors="ignore") for side in sides), attacks=[])
    assert "guessed" in audit.notes[0]
    assert {column["name"] for column in audit.columns} >= {"age", "sex"}


def test_stages_are_told_and_timed(sides, people_schema):
    events = []
    audit = audited(sides, people_schema, on_event=events.append)
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages[0] == "evidence"
    assert set(audit.seconds) == {"evidence", "gate", "fidelity", "attack: identifiers"} <= set(stages)


def test_policies_come_by_name_by_file_or_as_they_are(sides, people_schema):
    by_name = audited(sides, people_schema, policy="public")
    assert by_name.policy["name"] == "public"
    assert plain(audited(sides, people_schema, policy=Policy.load("public"))) == plain(by_name)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"policy": "lenient"}, PolicyError),
        ({"attacks": ["guessing"]}, ConfigError),
        ({"seed": -1}, ConfigError),
    ],
)
def test_wrong_options_are_the_users_to_mend(sides, people_schema, options, error):
    with pytest.raises(error):
        audited(sides, people_schema, **options)


def test_what_is_no_table_is_refused(sides, people_schema):
    with pytest.raises(SourceError, match="a list is not a table"):
        audited(([1, 2], *sides[1:]), people_schema)
    with pytest.raises(EvidenceError, match="control overlaps train"):
        audited((sides[0], sides[0].copy(), sides[2]), people_schema)


def test_a_guessed_person_key_on_both_sides_does_not_refuse_the_tables_and_is_no_pass(people) -> None:
    """A house sold twice, a patient admitted twice, split by row: a copy still fails, clean rows cannot pass."""
    rows = people(2400, 3).rename(columns={"person": "patient_id"})
    rows["patient_id"] = [f"P{number % 1500:05d}" for number in range(2400)]
    rows = rows.sample(frac=1, random_state=0)
    train, control, fresh = rows[:800], rows[800:1600], rows[1600:]
    kept = {"random_state": 1, "attacks": ["memorisation", "identifiers"]}
    clean = privacy.audit(train, control, fresh.drop(columns="patient_id"), **kept)
    assert clean.verdict.outcome is Outcome.INCONCLUSIVE
    assert "entity key" in {skipped.name for skipped in clean.skipped}
    copied = privacy.audit(train, control, train.drop(columns="patient_id"), **kept)
    assert copied.verdict.outcome is Outcome.FAIL


def test_a_counted_attempt_spends_alpha_and_says_so(sides, people_schema):
    alone, second = audited(sides, people_schema), audited(sides, people_schema, attempt=2)
    assert (alone.attempt, alone.policy["alpha_spent"]) == (None, 0.05)
    assert (second.attempt, second.policy["alpha_spent"]) == (2, pytest.approx(0.008))
    assert second.policy["sha256"] == alone.policy["sha256"], "the policy is the same"


def test_what_was_found_elsewhere_is_judged_with_the_rest(sides, people_schema):
    leak = Finding(
        **{"attack": "canaries", "name": "one run", "threat": "t", "sentence": "Canaries came through."},
        **{"value": {"value": 1.0}, "control": {"value": 0.0}, "trials_asked": 9, "trials_made": 9},
        **{"gating": True, "status": Status.LEAK},
    )
    failed = audited(sides, people_schema, further=[leak])
    assert failed.verdict.outcome is Outcome.FAIL
    assert "Canaries came through." in failed.verdict.reasons
    missing = Skipped(name="canaries", reason="the generator cannot be fitted again", gating=True)
    assert any(
        "canaries could not run" in reason
        for reason in audited(sides, people_schema, further=[missing]).verdict.reasons
    )
