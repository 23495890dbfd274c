"""Exact nearest records: every engine against a loop that anyone can check, and no order of rows matters."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from privacy.neighbors import ENGINES, Distance, count_within, k_nearest, two_nearest
from privacy.neighbors.search import load_engine
from privacy.ruler import MISSING_RANK, Coordinates
from privacy.text_sketch import SKETCH

ROUNDING = 1e-5


def slow_distance(a: Coordinates, i: int, b: Coordinates, j: int, by: Distance) -> float:
    """D(a, b) = sum of w min(|a - b| / h, 1), one column after the other."""
    total = 0.0
    for x, y, weight in zip(a.ranks[i], b.ranks[j], by.rank_weights, strict=True):
        total += float(weight) * min(abs(float(x) - float(y)) / by.bandwidth, 1.0)
    for x, y, weight in zip(a.codes[i], b.codes[j], by.code_weights, strict=True):
        total += float(weight) * (x != y)
    for one, other, weight in zip(a.prints[i], b.prints[j], by.print_weights, strict=True):
        total += float(weight) * float((one != other).mean())
    return total


def slow_two_nearest(
    queries: Coordinates, pool: Coordinates, by: Distance, units: NDArray[np.int64]
) -> list[tuple[float, set[float]]]:
    """For each query its least distance, and the second distances that the tied nearest records allow."""
    answers = []
    for i in range(len(queries)):
        every = [slow_distance(queries, i, pool, j, by) for j in range(len(pool))]
        first = min(every)
        nearest_units = {units[j] for j, d in enumerate(every) if d <= first + ROUNDING}
        seconds = {
            min((d for j, d in enumerate(every) if units[j] != unit), default=np.inf)
            for unit in nearest_units
        }
        answers.append((first, seconds))
    return answers


NO_TEXTS = np.empty(0, np.float32)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Coordinates, Coordinates, Distance, NDArray[np.int64]]:
    """Small tables on a coarse grid, so that ties, twins, missing values and unseen codes abound."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    ranked, coded = draw(st.integers(0, 4)), draw(st.integers(0, 6))

    def table(rows: int, lowest_code: int) -> Coordinates:
        ranks = rng.choice([0.0, 0.1, 0.13, 0.5, 1.0, MISSING_RANK], (rows, ranked)).astype(np.float32)
        return Coordinates(ranks, rng.integers(lowest_code, 3, (rows, coded)).astype(np.int32))

    pool = table(draw(st.integers(1, 160)), 0)
    bandwidth = draw(st.sampled_from([1.0, 0.15, 0.05]))
    weights = rng.choice([0.02, 1.0, 2.5], ranked + coded).astype(np.float32)
    by = Distance(bandwidth, weights[:ranked], weights[ranked:], NO_TEXTS)
    return table(draw(st.integers(1, 6)), -2), pool, by, rng.integers(0, 40, len(pool))


@settings(max_examples=40, deadline=None)
@given(tables())
def test_two_nearest_of_every_engine_is_that_of_the_slow_loop(
    tables: tuple[Coordinates, Coordinates, Distance, NDArray[np.int64]],
) -> None:
    queries, pool, by, units = tables
    expected = slow_two_nearest(queries, pool, by, units)
    for engine in ENGINES:
        found = two_nearest(queries, pool, by, units, rng=np.random.default_rng(0), engine=engine)
        for i, (first, seconds) in enumerate(expected):
            assert found.first[i] == pytest.approx(first, abs=ROUNDING)
            assert slow_distance(queries, i, pool, found.index[i], by) == pytest.approx(first, abs=ROUNDING)
            assert any(found.second[i] == pytest.approx(second, abs=ROUNDING) for second in seconds)


@settings(max_examples=25, deadline=None)
@given(tables(), st.integers(1, 7))
def test_k_nearest_of_every_engine_is_that_of_the_slow_loop(
    tables: tuple[Coordinates, Coordinates, Distance, NDArray[np.int64]], k: int
) -> None:
    queries, pool, by, _ = tables
    for engine in ENGINES:
        index, distances = k_nearest(queries, pool, by, k, rng=np.random.default_rng(0), engine=engine)
        assert index.shape == distances.shape == (len(queries), min(k, len(pool)))
        for i in range(len(queries)):
            every = sorted(slow_distance(queries, i, pool, j, by) for j in range(len(pool)))
            assert distances[i] == pytest.approx(every[:k], abs=ROUNDING)
            assert len(set(index[i])) == len(index[i])
            shown = [slow_distance(queries, i, pool, j, by) for j in index[i]]
            assert shown == pytest.approx(list(distances[i]), abs=ROUNDING)


@settings(max_examples=25, deadline=None)
@given(tables(), st.floats(0.05, 6.0))
def test_every_engine_counts_as_many_records_within_a_radius_as_the_slow_loop(
    tables: tuple[Coordinates, Coordinates, Distance, NDArray[np.int64]], radius: float
) -> None:
    queries, pool, by, _ = tables
    every = [[slow_distance(queries, i, pool, j, by) for j in range(len(pool))] for i in range(len(queries))]
    # The sums are float32: a record within the last bits of the radius may count or not.
    least, most = (
        np.array([sum(d <= bound for d in row) for row in every])
        for bound in (radius - ROUNDING, radius + ROUNDING)
    )
    for engine in ENGINES:
        counts = count_within(queries, pool, by, radius, engine=engine)
        assert (least <= counts).all() and (counts <= most).all()


def random_table(rows: int, seed: int) -> Coordinates:
    rng = np.random.default_rng(seed)
    ranks = rng.random((rows, 5)).astype(np.float32)
    return Coordinates(ranks, rng.geometric(0.5, (rows, 7)).astype(np.int32))


def test_engines_break_ties_alike_and_agree_to_the_last_bit() -> None:
    """On more rows than one block of any engine."""
    queries, pool = random_table(300, 1), random_table(3000, 2)
    by = Distance.near_match(pool, 0.15, np.random.default_rng(0))
    answers = [
        two_nearest(queries, pool, by, np.arange(3000) // 2, rng=np.random.default_rng(3), engine=engine)
        for engine in ENGINES
    ]
    for other in answers[1:]:
        assert (other.index == answers[0].index).all()
        assert (other.first == answers[0].first).all()
        assert (other.second == answers[0].second).all()


def test_engines_agree_where_nearly_everything_ties() -> None:
    """A coarse grid over dozens of boxes: ties abound in each search, and every engine settles them alike."""
    rng = np.random.default_rng(4)

    def coarse(rows: int) -> Coordinates:
        ranks = rng.integers(0, 3, (rows, 3)).astype(np.float32) / 4
        return Coordinates(ranks, rng.integers(0, 3, (rows, 4)).astype(np.int32))

    pool, queries, units = coarse(4000), coarse(200), rng.integers(0, 900, 4000)
    by = Distance.near_match(pool, 0.15, np.random.default_rng(0))
    nearest = two_nearest(queries, pool, by, units, rng=np.random.default_rng(3), engine="numpy").index
    own = np.where(np.arange(200) % 2, -1, units[nearest])
    answers = []
    for engine in ENGINES:
        two = two_nearest(queries, pool, by, units, own=own, rng=np.random.default_rng(3), engine=engine)
        index, distances = k_nearest(queries, pool, by, 12, rng=np.random.default_rng(3), engine=engine)
        within = count_within(queries, pool, by, 1.0, engine=engine)
        answers.append((two.index, two.first, two.second, index, distances, within))
    assert ((answers[0][0] != nearest) == (own >= 0)).all(), "own records are left out, and only they"
    for other in answers[1:]:
        assert all(np.array_equal(ours, theirs) for ours, theirs in zip(answers[0], other, strict=True))


def one_number(*values: float) -> Coordinates:
    return Coordinates(np.array(values, np.float32)[:, None], np.zeros((len(values), 0), np.int32))


def test_a_hand_computed_distance() -> None:
    a = Coordinates(np.array([[0.10, 0.50, MISSING_RANK]], np.float32), np.array([[1, 2]], np.int32))
    b = Coordinates(np.array([[0.13, 0.90, MISSING_RANK]], np.float32), np.array([[1, 0]], np.int32))
    by = Distance(0.15, np.array([2, 1, 3], np.float32), np.array([1, 0.5], np.float32), NO_TEXTS)
    found = two_nearest(a, b, by, np.array([0]), rng=np.random.default_rng(0))
    assert found.first[0] == pytest.approx(2 * 0.03 / 0.15 + 1 + 0 + 0 + 0.5)
    assert found.second[0] == np.inf


def test_texts_are_apart_by_their_unequal_prints() -> None:
    """The text's weight is shared out over its prints; its code, the last one, weighs nothing."""
    prints = np.zeros((2, 1, SKETCH), np.int32)
    prints[1, 0, :3] = 1
    at = Coordinates(np.zeros((2, 0), np.float32), np.array([[0, 5], [1, 6]], np.int32), prints)
    by = Distance.plain(at)
    assert slow_distance(at, 0, at, 1, by) == pytest.approx(1 + 3 / SKETCH)
    found = two_nearest(at.take(np.array([0])), at, by, np.arange(2), rng=np.random.default_rng(0))
    assert found.second[0] == pytest.approx(1 + 3 / SKETCH)
    blind = by.on(np.array([True, False]))
    assert slow_distance(at, 0, at, 1, blind) == pytest.approx(1)


def test_the_second_distance_skips_the_twin() -> None:
    """A person with two records is nearest twice; what counts is the next person."""
    pool, query = one_number(0.5, 0.5, 0.9), one_number(0.5)
    by = Distance.plain(pool)
    alone = two_nearest(query, pool, by, np.array([0, 1, 2]), rng=np.random.default_rng(0))
    twins = two_nearest(query, pool, by, np.array([0, 0, 2]), rng=np.random.default_rng(0))
    assert alone.second[0] == 0
    assert twins.second[0] == pytest.approx(0.4)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_record_of_the_pool_does_not_see_itself(engine: str) -> None:
    pool = one_number(0.0, 0.1, 0.3, 0.7)
    units = np.array([0, 0, 1, 2])
    found = two_nearest(
        pool, pool, Distance.plain(pool), units, own=units, rng=np.random.default_rng(0), engine=engine
    )
    assert found.index.tolist() == [2, 2, 1, 2]
    assert found.first.tolist() == pytest.approx([0.3, 0.2, 0.2, 0.4])
    assert found.second.tolist() == pytest.approx([0.7, 0.6, 0.4, 0.6])


@pytest.mark.parametrize("engine", ENGINES)
def test_ties_fall_on_every_record_alike(engine: str) -> None:
    """Train stacked on control with "the first wins" would call every tie train's."""
    pool, query = one_number(*[0.5] * 4), one_number(0.2)
    by, units = Distance.plain(pool), np.arange(4)
    chosen = Counter(
        int(two_nearest(query, pool, by, units, rng=np.random.default_rng(seed), engine=engine).index[0])
        for seed in range(120)
    )
    assert set(chosen) == {0, 1, 2, 3}
    assert max(chosen.values()) < 55


def test_weights_tell_what_agreeing_would_tell() -> None:
    rng = np.random.default_rng(0)
    codes = np.column_stack([rng.integers(0, 2, 5000), rng.integers(0, 100, 5000), np.zeros(5000)])
    pool = Coordinates(rng.random((5000, 1)).astype(np.float32), codes.astype(np.int32))
    by = Distance.near_match(pool, 0.05, rng)
    coin, hundred, constant = by.code_weights
    assert hundred / coin == pytest.approx(np.log(100) / np.log(2), rel=0.05)
    assert constant == pytest.approx(0.02)
    assert np.mean([coin, hundred, *by.rank_weights, 0]) == pytest.approx(1, rel=0.02)


def test_constant_tables_have_weights_too() -> None:
    pool = Coordinates(np.zeros((10, 0), np.float32), np.zeros((10, 2), np.int32))
    assert np.isfinite(Distance.near_match(pool, 0.05, np.random.default_rng(0)).code_weights).all()


def test_a_column_of_invented_values_is_left_out() -> None:
    pool = Coordinates(np.zeros((3, 0), np.float32), np.array([[0, 0], [1, 1], [2, 1]], np.int32))
    queries = Coordinates(np.zeros((2, 0), np.float32), np.array([[-1, 0], [-2, 1]], np.int32))
    assert Distance.plain(pool).without_unmatched(queries).code_weights.tolist() == [0, 1]


def test_the_gpu_engine_runs_where_there_is_no_gpu() -> None:
    index = load_engine("torch")(np.ones((2, 1), np.float32), np.ones(1, np.float32))
    assert index.k_nearest(np.zeros((1, 1), np.float32), 1)[1] == pytest.approx(1)
