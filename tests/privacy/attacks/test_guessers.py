"""Each guesser for itself: what it learns, how sure it is, and what does not stop it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from privacy.attacks.inference.attack import GUESSERS
from privacy.attacks.inference.guesses import Guesses
from privacy.attacks.inference.neighbours import SMALLEST_DISTANCE, VOTERS, nearest_vote
from privacy.attacks.secret import Secret
from privacy.evidence import Evidence, gather
from privacy.schema import Column, Kind, Schema

every_guesser = pytest.mark.parametrize("how", GUESSERS)


def _evidence(secret: Kind, make: Callable[[np.random.Generator, int], pd.DataFrame]) -> Evidence:
    schema = Schema(
        columns=(
            Column(name="x", kind=Kind.NUMERIC),
            Column(name="g", kind=Kind.CATEGORICAL),
            Column(name="s", kind=secret),
        )
    )
    rng = np.random.default_rng(0)
    return gather(make(rng, 300), make(rng, 300), make(rng, 600), schema, rng)


def _guess(evidence: Evidence, how: str) -> tuple[Guesses, Secret]:
    secret = Secret.of(evidence, "s")
    source, targets = (
        evidence.ruler.only(at, ["x", "g"]) for at in (evidence.synthetic_at, evidence.train_at)
    )
    return GUESSERS[how](source, secret.synthetic, secret, np.random.default_rng(1))(targets), secret


def _half_certain(kind: Kind) -> Callable[[np.random.Generator, int], pd.DataFrame]:
    """In group "a" the secret follows from x, in group "b" it is anybody's guess."""

    def make(rng: np.random.Generator, rows: int) -> pd.DataFrame:
        x, group = rng.random(rows), rng.choice(["a", "b"], rows)
        level = np.where(group == "a", np.floor(x * 4), rng.integers(0, 4, rows))
        number = 100.0 * (1 + np.where(group == "a", x, rng.random(rows)))
        secret = [f"s{int(one)}" for one in level] if kind is Kind.CATEGORICAL else number
        return pd.DataFrame({"x": x, "g": group, "s": secret})

    return make


@every_guesser
@pytest.mark.parametrize("kind", [Kind.CATEGORICAL, Kind.NUMERIC])
def test_it_learns_and_knows_when_it_may_be_sure(how: str, kind: Kind) -> None:
    evidence = _evidence(kind, _half_certain(kind))
    guesses, secret = _guess(evidence, how)
    right = secret.right(guesses.guessed, secret.train)
    certain = (evidence.train["g"] == "a").to_numpy()
    blind = secret.right(np.full(300, secret.likeliest(secret.synthetic)), secret.train)
    if how == "naive Bayes":  # it can not see that x matters in one group only
        assert right.mean() > blind.mean()
        return
    assert right[certain].mean() > 0.6 > 0.45 > right[~certain].mean()
    if how != "nearest record":  # its confidence is nearness, which is the same in both groups
        assert np.median(guesses.confidence[certain]) > np.median(guesses.confidence[~certain])


@every_guesser
@pytest.mark.parametrize("secret", ["constant", "all different", "foreign", "gaps beside"])
def test_odd_columns_do_not_stop_it(how: str, secret: str) -> None:
    def make(rng: np.random.Generator, rows: int) -> pd.DataFrame:
        group = rng.choice(["a", "b"], rows)
        x = np.where(rng.random(rows) < 0.3, np.nan, rng.normal(size=rows))
        values = {
            "constant": ["k"] * rows,
            "all different": [f"{i:x}" for i in rng.integers(2**40, size=rows)],
            "foreign": [f"{'made up' if rows == 600 else 'real'} {i % 3}" for i in range(rows)],
            "gaps beside": rng.choice(np.array(["u", "v", None], object), rows),
        }[secret]
        group = np.where(group == "a", "made up", group) if rows == 600 else group
        return pd.DataFrame({"x": x, "g": group, "s": values})

    guesses, column = _guess(_evidence(Kind.CATEGORICAL, make), how)
    assert guesses.guessed.shape == guesses.confidence.shape == (300,)
    assert np.isfinite(guesses.confidence).all()
    right = column.right(guesses.guessed, column.train)
    assert right.all() if secret == "constant" else right.mean() < 0.6


def test_the_vote_is_what_a_plain_count_gives() -> None:
    """Train plays the source and control the targets, so that all stand at ranks of their own."""

    def make(rng: np.random.Generator, rows: int) -> pd.DataFrame:
        return pd.DataFrame(
            {"x": rng.random(rows), "g": rng.choice(["a", "b"], rows), "s": rng.choice(["u", "v", "w"], rows)}
        )

    evidence = _evidence(Kind.CATEGORICAL, make)
    secret = Secret.of(evidence, "s")
    source, targets = (evidence.ruler.only(at, ["x", "g"]) for at in (evidence.train_at, evidence.control_at))
    guesses = nearest_vote(source, secret.train, secret, np.random.default_rng(1))(targets)
    compared = 0
    for row in range(len(targets)):
        apart = (
            np.abs(source.ranks[:, 0] - targets.ranks[row, 0]) + (source.codes != targets.codes[row])[:, 0]
        )
        nearest = np.argsort(apart, kind="stable")
        if apart[nearest[VOTERS]] - apart[nearest[VOTERS - 1]] < 1e-6:
            continue  # two could be the last voter
        votes: defaultdict[float, float] = defaultdict(float)
        for near in nearest[:VOTERS]:
            votes[secret.train[near]] += 1 / (apart[near] + SMALLEST_DISTANCE)
        assert guesses.guessed[row] == max(votes, key=lambda value: votes[value])
        assert guesses.confidence[row] == pytest.approx(max(votes.values()) / sum(votes.values()), rel=1e-3)
        compared += 1
    assert compared > 100


@every_guesser
def test_people_of_one_kind_get_one_guess_whoever_asks(how: str) -> None:
    """Train and control ask one after the other; of equally near records both must meet the same."""

    def coarse(rng: np.random.Generator, rows: int) -> pd.DataFrame:
        label = rng.choice(["a", "b"], rows)
        return pd.DataFrame({"x": rng.integers(0, 2, rows), "g": label, "s": rng.choice(["p", "q"], rows)})

    evidence = _evidence(Kind.CATEGORICAL, coarse)
    secret = Secret.of(evidence, "s")
    source, targets = (
        evidence.ruler.only(at, ["x", "g"]) for at in (evidence.synthetic_at, evidence.train_at)
    )
    guesser = GUESSERS[how](source, secret.synthetic, secret, np.random.default_rng(1))
    first, second = guesser(targets).guessed, guesser(targets.take(np.arange(len(targets))[::-1])).guessed
    assert np.array_equal(first, second[::-1])
