"""The membership battery: who plays which part, what it sees, and how often it cries wolf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.membership import Membership, battery
from privacy.attacks.membership.groups import FEWEST_PEOPLE, most_isolated, subgroups
from privacy.attacks.membership.stage import Stage
from privacy.errors import EvidenceError
from privacy.evidence import Evidence, gather
from privacy.neighbors import Distance
from privacy.result import Finding
from privacy.schema import Column, Kind, Role, Schema

SCORES = (
    "DCR",
    "DCR difference",
    "rows in a ball (MC)",
    "local neighbourhood",
    "synthetic share of neighbours (DPI)",
    "density ratio (DOMIAS)",
    "classifier (LOGAN)",
    "local likelihood (Gen-LRA)",
    "ensemble",
    "ensemble, most isolated",
    "ensemble, most exposed subgroup",
)

People = Callable[[int, int], pd.DataFrame]


def _run(evidence: Evidence, seed: int = 0, level: float = 0.95) -> dict[str, Finding]:
    return {f.name: f for f in Membership(level).run(evidence, np.random.default_rng(seed))}


def _low(finding: Finding) -> float:
    assert finding.excess is not None and finding.excess.interval is not None
    return finding.excess.interval.low


def _stage(evidence: Evidence, seed: int = 0) -> Stage:
    return Stage.of(evidence, np.random.default_rng(seed))


def test_targets_are_one_row_a_person_and_the_reference_holds_none_of_them(
    people: People, people_schema: Schema
) -> None:
    """Three rows a person: no row of a target is the attacker's, and both sides have equally many people."""
    rows = pd.concat([people(900, seed) for seed in (1, 2, 3)])
    first = rows["person"].str[1:].astype(int)
    train, control = rows[first < 600], rows[first.between(600, 899)]
    found = gather(train, control, people(500, 4), people_schema, np.random.default_rng(0))
    stage = _stage(found)
    owners = found.units[stage.rows]
    assert np.unique(owners).size == len(owners) == 400, "two thirds of 300 control people, as many of train"
    assert (stage.rows[stage.is_member] < len(train)).all()
    assert (stage.rows[~stage.is_member] >= len(train)).all()
    assert len(stage.reference) == 3 * 100


def test_a_target_of_either_side_has_no_twin_in_the_reference() -> None:
    """Equal rows dealt to both tables: else a control target would be the farther one from its reference."""
    rng = np.random.default_rng(0)
    schema = Schema(columns=(Column(name="x", kind=Kind.NUMERIC), Column(name="y", kind=Kind.NUMERIC)))
    rows = pd.DataFrame({"x": rng.integers(0, 30, 1500), "y": rng.integers(0, 30, 1500)})
    found = gather(rows[:500], rows[500:1000], rows[1000:], schema, rng)
    stage = _stage(found)
    held = {tuple(row) for row in stage.reference.ranks.tolist()}
    assert len(held) > 30
    assert not held & {tuple(row) for row in stage.targets.ranks.tolist()}


def test_too_few_people_are_refused(people: People, people_schema: Schema) -> None:
    rows = people(300, 0)
    found = gather(rows[:100], rows[100:112], rows[112:], people_schema, np.random.default_rng(0))
    with pytest.raises(EvidenceError, match="are too few"):
        _run(found)


def test_members_and_others_are_exchangeable(people: People, people_schema: Schema) -> None:
    """Deal some targets to the other side: the attacker holds the same, and every score goes with its record."""
    keyless = Schema(columns=people_schema.compared)
    rows = people(450, 0).drop(columns="person")
    pool, synthetic = rows[:300], rows[300:]

    def dealt(pool: pd.DataFrame) -> Stage:
        return _stage(gather(pool[:150], pool[150:], synthetic, keyless, np.random.default_rng(0)))

    stage = dealt(pool)
    half = len(stage.rows) // 2
    places = np.arange(len(stage.rows))
    places[:40], places[half : half + 40] = places[half : half + 40].copy(), places[:40].copy()
    order = np.arange(len(pool))
    order[stage.rows] = stage.rows[places]
    again = dealt(pool.iloc[order])
    assert np.array_equal(again.rows, stage.rows)

    before, after = (battery(each, np.random.default_rng(0)) for each in (stage, again))
    for name, scores in before.items():
        assert not np.array_equal(after[name], scores)
        # The density ratio sums in single precision, in the order of the rows.
        assert after[name] == pytest.approx(scores[places], rel=1e-4, abs=1e-5), name


def test_a_fifth_copied_is_seen_and_fresh_rows_are_not(evidence: Callable[..., Evidence]) -> None:
    leaky, fresh = _run(evidence(copied=0.2)), _run(evidence())
    assert tuple(leaky) == tuple(fresh) == SCORES
    for name in ("DCR", "DCR difference", "local neighbourhood"):
        assert _low(leaky[name]) > 0, name
        assert (leaky[name].p_value or 0) < 0.05, name
    assert leaky["DCR"].also["epsilon lower bound"].value > 1
    assert (leaky["ensemble"].p_value or 0) < 0.01
    assert " train records among the 5 % most isolated targets (" in leaky["ensemble, most isolated"].sentence
    assert leaky["ensemble"].also["AUC"].value > 0.53
    for name, finding in fresh.items():
        assert _low(finding) <= 0, name
        assert not finding.also or finding.also["epsilon lower bound"].value == 0, name


def test_what_stands_beside_a_finding(evidence: Callable[..., Evidence]) -> None:
    finding = _run(evidence(1500, 2000, 1500, copied=1.0))["DCR"]
    assert list(finding.also) == ["AUC", "TPR at 0.1 % FPR", "TPR at 10 % FPR", "epsilon lower bound"]
    assert all(each.interval is not None for each in finding.also.values())
    assert finding.baseline is not None and finding.baseline.value == 0.01
    assert finding.trials_made == 1333 and finding.value.successes == 1333
    assert finding.control is not None and finding.control.value <= 0.01
    assert finding.sentence.startswith("1,333 of 1,333 train records (100 %) score as high as")
    assert "chance 100 % (AUC)" in finding.sentence
    assert not finding.gating


def test_what_few_people_cannot_tell_is_said(evidence: Callable[..., Evidence]) -> None:
    findings = _run(evidence(300, 120, 300, copied=1.0))
    assert "takes 99 control records, not 80" in findings["DCR"].sentence
    assert "takes 999 control records, not 80" in findings["DCR"].sentence
    assert findings["DCR"].value.value == 0 and list(findings["DCR"].also)[1] == "TPR at 10 % FPR"
    exposed = findings["ensemble, most exposed subgroup"]
    assert exposed.trials_made == 0 and exposed.sentence.startswith("Not tried: no level of a column has 200")


def test_the_most_isolated_are_farthest_from_everybody_else(evidence: Callable[..., Evidence]) -> None:
    found = evidence(200, 200, 100)
    stage = _stage(found)
    chosen = most_isolated(found, stage, np.random.default_rng(0))
    assert chosen.sum() == np.ceil(0.05 * len(chosen))
    pool = found.train_at.followed_by(found.control_at)
    table = Distance.plain(pool).matrix(pool)
    apart = np.array([np.minimum(np.abs(table - row), 1).sum(axis=1) for row in table])
    np.fill_diagonal(apart, np.inf)
    shortest = apart.min(axis=1)[stage.rows]
    assert shortest[chosen].min() >= shortest[~chosen].max() - 1e-5


def test_subgroups_are_large_and_named_by_rank(evidence: Callable[..., Evidence]) -> None:
    found = evidence(1500, 2000, 1000)
    stage = _stage(found)
    groups = subgroups(found, stage)
    assert {"sex", "diagnosis"} <= {group.column for group in groups}
    assert "smoker" not in {group.column for group in groups}, "neither quasi-identifier nor sensitive"
    for group in groups:
        sides = Counter(stage.is_member[group.chosen].tolist())
        assert min(sides[True], sides[False]) >= FEWEST_PEOPLE
        level = Counter(found.train[group.column].tolist() + found.control[group.column].tolist())
        rows = pd.concat([found.train, found.control], ignore_index=True)[group.column]
        values = set(rows.iloc[stage.rows[group.chosen]])
        assert len(values) == 1
        assert level.most_common()[group.rank - 1][0] == values.pop()


def test_without_roles_columns_of_few_levels_make_the_subgroups(
    people: People, people_schema: Schema
) -> None:
    plain = Schema(
        columns=tuple(
            column.model_copy(update={"role": Role.OTHER})
            for column in people_schema.compared
            if column.kind is not Kind.DATETIME
        )
    )
    rows = people(3000, 3)[list(plain.names)]
    found = gather(rows[:1000], rows[1000:2000], rows[2000:], plain, np.random.default_rng(0))
    assert {group.column for group in subgroups(found, _stage(found))} == {"sex", "smoker"}


def test_a_leak_in_one_subgroup_is_found_there(people: People, people_schema: Schema) -> None:
    """All copies are of one area: the finding names the column, not the area, and asks more of chance."""
    rows = people(9000, 5)
    train, control, fresh = rows[:3000], rows[3000:6000], rows[6000:]
    victims = train[train["area"] == "A03"]
    made = pd.concat([fresh, victims])
    findings = _run(gather(train, control, made, people_schema, np.random.default_rng(0)))
    exposed = findings["ensemble, most exposed subgroup"]
    assert exposed.columns == ("area",) and "A03" not in exposed.model_dump_json()
    assert exposed.p_value is not None and exposed.p_value < 1e-3
    assert exposed.also["AUC"].value > findings["ensemble"].also["AUC"].value + 0.05
    assert exposed.value.interval is not None and exposed.value.interval.level > 0.99


@pytest.mark.slow
def test_clean_tables_are_called_leaky_as_rarely_as_stated(evidence: Callable[..., Evidence]) -> None:
    draws = 80
    alarms: Counter[tuple[str, str]] = Counter()
    for seed in range(draws):
        for name, finding in _run(evidence(600, 600, 600, seed=seed), seed).items():
            alarms[name, "TPR"] += _low(finding) > 0
            if finding.also:
                alarms[name, "AUC"] += (finding.p_value or 0) < 0.05
                alarms[name, "epsilon"] += finding.also["epsilon lower bound"].value > 0
    assert {kind for _, kind in alarms} == {"TPR", "AUC", "epsilon"}
    assert max(alarms.values()) <= 10, f"more than binomial(80, .05) allows at .5 %: {alarms}"


@pytest.mark.slow
def test_a_fifth_copied_is_seen_nearly_always(evidence: Callable[..., Evidence]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(20):
        for name, finding in _run(evidence(600, 600, 600, seed=seed, copied=0.2), seed).items():
            seen[name] += _low(finding) > 0
    assert min(seen[name] for name in ("DCR", "DCR difference", "local neighbourhood")) >= 19, seen
