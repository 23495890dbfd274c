"""What every attack promises, built-in or plugged in: one file, one line, and these tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks import Attack, attack_names, load_attack
from privacy.errors import ConfigError
from privacy.evidence import Evidence, gather
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema

TRAIN, CONTROL, SYNTHETIC = 500, 400, 500

every_attack = pytest.mark.parametrize("name", attack_names())


@pytest.fixture
def evidence(people: Callable[[int, int], pd.DataFrame], people_schema: Schema) -> Callable[..., Evidence]:
    """`evidence(copied)`: independent people; copied makes the synthetic table train itself."""

    def make(*, copied: bool) -> Evidence:
        rows = people(TRAIN + CONTROL + SYNTHETIC, 11)
        train, control, fresh = rows[:TRAIN], rows[TRAIN : TRAIN + CONTROL], rows[TRAIN + CONTROL :]
        made = train.sample(frac=1, random_state=0) if copied else fresh
        return gather(train, control, made, people_schema, np.random.default_rng(0))

    return make


def _ends(finding: Finding) -> tuple[float, float]:
    """The interval of the excess, turned so that more is worse."""
    assert finding.excess is not None and finding.excess.interval is not None
    low, high = finding.excess.interval.low, finding.excess.interval.high
    return (low, high) if finding.higher_is_worse else (-high, -low)


def _attack(name: str, evidence: Evidence) -> Attack:
    attack = load_attack(name)
    assert isinstance(attack, Attack) and attack.name == name
    assert attack.threat.holds and attack.threat.guesses
    if reason := attack.requires(evidence.schema):
        pytest.skip(reason)
    return attack


@every_attack
def test_finds_a_verbatim_copy_and_is_quiet_on_fresh_rows(
    name: str, evidence: Callable[..., Evidence]
) -> None:
    leaky, fresh = evidence(copied=True), evidence(copied=False)
    attack = _attack(name, leaky)
    caught = [_ends(finding)[0] for finding in attack.run(leaky, np.random.default_rng(0))]
    assert caught and sum(low > 0 for low in caught) >= len(caught) / 2
    quiet = [_ends(finding)[0] for finding in attack.run(fresh, np.random.default_rng(0))]
    assert quiet and sum(low > 0 for low in quiet) <= len(quiet) / 5, "95 % intervals may miss, rarely"


@every_attack
def test_every_finding_stands_on_numbers(name: str, evidence: Callable[..., Evidence]) -> None:
    for finding in _attack(name, evidence(copied=False)).run(
        evidence(copied=False), np.random.default_rng(1)
    ):
        assert finding.attack == name
        assert finding.control is not None, "no privacy number without its control"
        assert finding.value.interval is not None and finding.control.interval is not None
        low, high = _ends(finding)
        assert low < high
        assert 0 <= finding.trials_made <= finding.trials_asked
        assert finding.sentence.endswith(".") and "\n" not in finding.sentence
        assert finding.threat and finding.pictures
        assert finding.status is None and finding.tolerance is None, "the policy's business"


@every_attack
def test_the_same_stream_gives_the_same_findings(name: str, evidence: Callable[..., Evidence]) -> None:
    found = evidence(copied=True)
    attack = _attack(name, found)
    first, second = (attack.run(found, np.random.default_rng(2)) for _ in range(2))
    assert [finding.name for finding in first] == [finding.name for finding in second]
    repeatable = [
        (one, other)
        for one, other in zip(first, second, strict=True)
        if "even with a seed" not in one.reason  # a finding that says so itself
    ]
    assert repeatable
    for one, other in repeatable:
        assert one == other


@every_attack
def test_findings_hold_no_value_of_a_table(name: str, evidence: Callable[..., Evidence]) -> None:
    found = evidence(copied=True)
    written = "".join(
        finding.model_dump_json() for finding in _attack(name, found).run(found, np.random.default_rng(3))
    )
    for frame in (found.train, found.control, found.synthetic):
        for column in frame.columns:
            values = {str(value) for value in frame[column].dropna()}
            telling = {value for value in values if len(value) >= 6 or column in ("area", "diagnosis")}
            assert telling or column in ("age", "smoker")
            assert not [value for value in telling if value in written], column


@every_attack
@pytest.mark.parametrize("case", ["one column", "constant", "all missing", "small control", "digit names"])
def test_odd_tables_do_not_stop_it(name: str, case: str) -> None:
    schema, frames = ODD_TABLES[case](np.random.default_rng(5))
    named = Schema(columns=(Column(name="person", kind=Kind.ID, role=Role.IDENTIFIER), *schema.columns))
    frames = [
        frame.assign(person=[f"{table}{row}" for row in range(len(frame))])
        for table, frame in zip(("train", "control", "made up "), frames, strict=True)
    ]
    found = gather(*frames, named, np.random.default_rng(0))
    findings = _attack(name, found).run(found, np.random.default_rng(4))
    ends = [_ends(finding) for finding in findings]
    assert ends and sum(low > 0 for low, _ in ends) <= len(ends) / 5, "an odd table is no leak"
    for finding, (_, high) in zip(findings, ends, strict=True):
        assert finding.trials_made > 0 or high == 1, "nothing tried, nothing known"


def test_a_small_control_has_wide_intervals() -> None:
    schema, frames = ODD_TABLES["small control"](np.random.default_rng(5))
    found = gather(*frames, schema, np.random.default_rng(0))
    exact = next(f for f in load_attack("memorisation").run(found, np.random.default_rng(0)) if f.gating)
    low, _ = _ends(exact)
    assert exact.value.value == 0 and low < -0.1, "30 people cannot tell one in ten from none"


def test_an_unknown_attack_is_named() -> None:
    with pytest.raises(ConfigError, match="no attack is called 'divination'"):
        load_attack("divination")


Tables = tuple[Schema, list[pd.DataFrame]]


def _numbers(*names: str, role: Role = Role.OTHER) -> list[Column]:
    return [Column(name=name, kind=Kind.NUMERIC, role=role) for name in names]


def _draw(rng: np.random.Generator, names: list[str], sizes: tuple[int, ...]) -> list[pd.DataFrame]:
    return [pd.DataFrame({name: rng.normal(size=rows) for name in names}) for rows in sizes]


def _one_column(rng: np.random.Generator) -> Tables:
    return Schema(columns=tuple(_numbers("x"))), _draw(rng, ["x"], (150, 100, 150))


def _constant(rng: np.random.Generator) -> Tables:
    frames = [frame.assign(k="same", c=1.0) for frame in _draw(rng, ["x", "y"], (150, 100, 150))]
    constant = Column(name="k", kind=Kind.CATEGORICAL, role=Role.SENSITIVE)
    return Schema(columns=(*_numbers("x", "y"), constant, *_numbers("c"))), frames


def _all_missing(rng: np.random.Generator) -> Tables:
    frames = [frame.assign(k=None, c=np.nan) for frame in _draw(rng, ["x"], (150, 100, 150))]
    empty = Column(name="k", kind=Kind.CATEGORICAL, role=Role.QUASI_IDENTIFIER)
    return Schema(columns=(*_numbers("x"), empty, *_numbers("c", role=Role.SENSITIVE))), frames


def _small_control(rng: np.random.Generator) -> Tables:
    return Schema(columns=tuple(_numbers("x", "y", "z"))), _draw(rng, ["x", "y", "z"], (300, 30, 300))


def _digit_names(rng: np.random.Generator) -> Tables:
    return Schema(columns=tuple(_numbers("0", "1", "2"))), _draw(rng, ["0", "1", "2"], (150, 100, 150))


ODD_TABLES: dict[str, Callable[[np.random.Generator], Tables]] = {
    "one column": _one_column,
    "constant": _constant,
    "all missing": _all_missing,
    "small control": _small_control,
    "digit names": _digit_names,
}
