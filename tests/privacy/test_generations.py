"""Diversity over generations: shares multiply, and a policy's floor holds over all of them together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from privacy import Audit, Column, Kind, Outcome, Policy, Schema, audit, fidelity_of, followed
from privacy.generations import held_over_generations, over_generations
from privacy.judge.floors import Floors
from privacy.policy import BUILT_IN
from privacy.result import Measure


def told(entropy: float, cells: float) -> list[Measure]:
    shares = {"entropy ratio": entropy, "joint cells reached": cells, "repeated rows": 0.1}
    return [
        Measure(group="diversity", name=name, sentence="", value=share, floor=1.0)
        for name, share in shares.items()
    ]


KEPT = [
    {"entropy ratio": 0.9, "joint cells reached": 0.95},
    {"entropy ratio": 0.8, "joint cells reached": 0.9},
]


def test_shares_multiply_and_the_floor_is_what_the_source_had_kept() -> None:
    entropy, cells = over_generations(told(0.9, 1.0), KEPT)
    assert (entropy.group, entropy.name, cells.name) == (
        "generations",
        "entropy ratio",
        "joint cells reached",
    )
    assert (entropy.value, entropy.floor) == (pytest.approx(0.72), 0.8)
    assert (cells.value, cells.floor) == (pytest.approx(0.9), 0.9)
    (line,) = entropy.pictures
    assert line.x == (0, 1, 2, 3)
    assert line.series["kept"] == pytest.approx((1, 0.9, 0.8, 0.72))


def test_nothing_is_said_where_a_share_is_not_known() -> None:
    assert over_generations(told(0.9, 1.0), []) == []
    assert over_generations([], KEPT) == []
    partly = [KEPT[0], {"entropy ratio": 0.8}]
    assert [measure.name for measure in over_generations(told(0.9, 1.0), partly)] == ["entropy ratio"]


def test_what_is_followed_is_diversity_and_no_other_measure_of_that_name() -> None:
    stranger = Measure(group="generations", name="entropy ratio", sentence="", value=0.1, floor=None)
    assert followed([*told(0.9, 1.0), stranger]) == {"entropy ratio": 0.9, "joint cells reached": 1.0}


def test_a_policys_floor_holds_over_all_generations_together() -> None:
    policy = Policy.load("controlled")
    assert held_over_generations(policy, []) is policy
    held = held_over_generations(policy, KEPT)
    assert held.at_least["generations/entropy ratio"] == policy.at_least["diversity/entropy ratio"]
    assert held.sources["at_least.generations/entropy ratio"]
    measures = told(0.9, 0.95)
    together = [*measures, *over_generations(measures, KEPT)]
    assert Floors.of(measures, policy) == Floors()
    missed = Floors.of(together, held).missed
    assert [sentence.split(" is ")[0] for sentence in missed] == [
        "generations/entropy ratio",
        "generations/joint cells reached",
    ]


PLANE = Schema(
    columns=(
        *(Column(name=name, kind=Kind.NUMERIC) for name in ("x", "y", "z")),
        Column(name="c", kind=Kind.CATEGORICAL),
    )
)


def people(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, y, z = rng.multivariate_normal(np.zeros(3), np.eye(3) / 2 + 0.5, rows).T
    shares = np.array([30, 20, 15, 12, 10, 8, 5]) / 100
    return pd.DataFrame({"x": x, "y": y, "z": z, "c": rng.choice(list("abcdefg"), rows, p=shares)})


def collapsed(rows: int, seed: int) -> pd.DataFrame:
    """Everybody looks like the middle: what is left once an engine has learnt its own rows too often."""
    rng = np.random.default_rng(seed)
    middle = {name: rng.normal(scale=0.25, size=rows) for name in "xyz"}
    return pd.DataFrame({**middle, "c": rng.choice(["a", "b"], rows, p=[0.9, 0.1])})


def audited(synthetic: pd.DataFrame, policy: str, kept: list[dict[str, float]]) -> Audit:
    return audit(
        *(people(1500, 0), people(1500, 1), synthetic, PLANE),
        policy=policy,
        random_state=0,
        attacks=(),
        kept=kept,
    )


@pytest.mark.parametrize("policy", BUILT_IN)
def test_every_built_in_policy_fails_a_collapsed_table_and_says_by_which_floor(policy: str) -> None:
    verdict = audited(collapsed(1500, 2), policy, []).verdict
    assert verdict.outcome is Outcome.FAIL
    assert "not what the policy asks for" in verdict.sentence
    assert [reason.split(" is ")[0] for reason in verdict.reasons] == [
        "diversity/entropy ratio",
        "diversity/joint cells reached",
    ]


def test_fresh_rows_miss_no_floor_until_their_source_had_lost_too_much() -> None:
    fresh = people(1500, 3)
    assert audited(fresh, "controlled", []).verdict.outcome is not Outcome.FAIL
    lost = audited(fresh, "controlled", [{"entropy ratio": 0.9, "joint cells reached": 0.8}])
    assert lost.verdict.outcome is Outcome.FAIL
    assert lost.verdict.reasons[0].startswith("generations/joint cells reached is 0.8")
    assert {"generations"} < {measure.group for measure in lost.fidelity}


@pytest.mark.parametrize("rows", [300, 1000])
def test_few_fresh_rows_miss_no_floor(rows: int) -> None:
    policy, rng = Policy.load("public"), np.random.default_rng(4)
    for seed in range(5):
        tables = (people(rows, seed), people(rows, 50 + seed), people(rows, 90 + seed))
        found = fidelity_of(*tables, PLANE, rng, ["diversity"])
        assert Floors.of(found, policy) == Floors()


def test_few_rows_of_a_large_table_miss_no_floor() -> None:
    """A release may be as small as its user likes: it is not asked for cells that 200 rows cannot fill."""
    found = fidelity_of(
        people(6000, 6), people(6000, 7), people(200, 8), PLANE, np.random.default_rng(9), ["diversity"]
    )
    assert Floors.of(found, Policy.load("public")) == Floors()


def test_a_table_of_one_column_can_reach_its_cells() -> None:
    schema = Schema(columns=PLANE.columns[:1])
    tables = [people(1000, seed)[["x"]] for seed in range(3)]
    found = fidelity_of(*tables, schema, np.random.default_rng(5), ["diversity"])
    assert Floors.of(found, Policy.load("public")) == Floors()
