"""Numbers as codes: spikes, bins, grids, and bounds that no single person decides."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import ks_2samp

from tabsynth.encode.numbers import NumberRules, Numbers
from tabsynth.encode.persons import Persons
from tabsynth.encode.rounding import NUMBER_GRIDS, Scale, find_grid, lower_bound, round_step
from tabsynth.encode.spikes import find_spikes

RNG = np.random.default_rng(0)
ROWS = 20_000


def shapes() -> dict[str, np.ndarray]:
    """Columns as they come: smooth, heavy in the tail, inflated, whole, coarse, off any grid."""
    rng = np.random.default_rng(7)
    money = np.exp(rng.normal(8, 1.6, ROWS)).round(2)
    return {
        "smooth": rng.normal(50, 12, ROWS),
        "heavy tail": money,
        "zero spike": np.where(rng.random(ROWS) < 0.7, 0.0, money),
        "sentinel": np.where(rng.random(ROWS) < 0.01, 99999.0, rng.integers(0, 4000, ROWS)),
        "ages": np.clip(rng.normal(45, 18, ROWS), 0, 99).round(),
        "skewed counts": rng.zipf(1.8, ROWS).clip(max=5000).astype(float),
        "two humps": np.where(rng.random(ROWS) < 0.5, rng.normal(-1e6, 3, ROWS), rng.normal(1e6, 3, ROWS)),
        "sparse sums": rng.choice([0, 594, 2176, 7298, 7688, 15024, 99999], ROWS, p=[0.4] + [0.1] * 6)
        + np.where(rng.random(ROWS) < 0.1, rng.integers(0, 20000, ROWS), 0),
        "single precision": rng.gamma(2, 1, ROWS).round(1).astype(np.float32).astype(np.float64),
    }


def fitted(values: np.ndarray, units=None, least: int = 10, **rules) -> Numbers:
    units = np.arange(len(values)) if units is None else np.asarray(units)
    given_rules = NumberRules(bins=64, least=least, **rules)
    return Numbers.fit(np.asarray(values, float), Persons.of(units), given_rules)[0]


def there_and_back(coder: Numbers, values: np.ndarray) -> np.ndarray:
    codes, residuals = coder.encode(np.asarray(values, float))
    assert codes.min() >= 0 and codes.max() < coder.axes[0].size
    assert ((residuals >= 0) & (residuals < 1)).all()
    assert (residuals[codes < coder.axes[0].plain] == 0).all()
    return coder.decode(codes, residuals, RNG)


def redrawn(coder: Numbers, values: np.ndarray) -> np.ndarray:
    """The same codes with residuals drawn uniformly: what an honest generator can do at best."""
    codes, residuals = coder.encode(values)
    return coder.decode(codes, np.random.default_rng(5).random(residuals.shape, np.float32), RNG)


@pytest.mark.parametrize("shape", shapes())
def test_every_shape_survives_the_codes(shape):
    values = shapes()[shape]
    coder = fitted(values)
    assert ks_2samp(values, there_and_back(coder, values)).statistic < 0.003
    assert ks_2samp(values, redrawn(coder, values)).statistic < 0.005


def test_a_heavy_tail_keeps_its_mean():
    values = shapes()["heavy tail"]
    assert redrawn(fitted(values), values).mean() == pytest.approx(values.mean(), rel=0.03)


def test_the_codes_are_true_bins_of_the_axis():
    """A number lies between the edges of the bin it is coded in."""
    values = np.sort(shapes()["smooth"])[50:-50]
    coder = fitted(shapes()["smooth"])
    axis = coder.axes[0]
    bins = coder.encode(values)[0][:, 0] - axis.plain
    assert ((axis.edges[bins] <= values) & (values <= axis.edges[bins + 1])).all()
    assert axis.bins == 64
    assert np.bincount(bins).min() > 0.5 * len(values) / 64


def test_residuals_are_uniform_inside_the_widest_bin():
    values = shapes()["heavy tail"]
    codes, residuals = fitted(values).encode(values)
    last = residuals[codes[:, 0] == codes.max(), 0]
    assert ks_2samp(last, np.linspace(0, 1, 1000)).statistic < 0.06


def test_spikes_and_gaps_come_back_exactly():
    values = shapes()["zero spike"]
    values[:500] = np.nan
    coder = fitted(values)
    back = there_and_back(coder, values)
    assert coder.plain_values(0)[:2] == [None, 0.0]
    assert np.isnan(back).tolist() == np.isnan(values).tolist()
    assert ((back == 0) == (values == 0)).all()


def test_few_frequent_values_are_an_ordered_list():
    values = np.repeat([1.0, 2.0, 5.0, 40.0], [10, 500, 30, 12])
    coder = fitted(values)
    assert coder.plain_values(0) == [1.0, 2.0, 5.0, 40.0]
    assert coder.axes[0].discrete and coder.axes[0].ordered
    assert there_and_back(coder, values).tolist() == values.tolist()


def test_whole_numbers_stay_whole_and_even_within_a_bin():
    values = np.random.default_rng(1).integers(0, 10_000, ROWS).astype(float)
    coder = fitted(values)
    drawn = redrawn(coder, values)
    assert (drawn % 1 == 0).all()
    assert np.abs(np.bincount((drawn % 10).astype(int)) / ROWS - 0.1).max() < 0.01


@pytest.mark.parametrize(("decimals", "grid"), [(2, 0.01), (1, 0.1), (0, 1.0)])
def test_decimals_found_and_declared(decimals, grid):
    fine = np.random.default_rng(2).normal(20, 4, 5000)
    found = fitted(fine.round(decimals))
    assert found.scale.grid == grid
    declared = fitted(fine, unit=grid, grids=())
    drawn = redrawn(declared, fine)
    assert drawn.tolist() == drawn.round(decimals).tolist()


def test_rows_of_one_person_count_once():
    """A value that one person has a thousand times is no spike and bounds nothing."""
    values = np.concatenate([np.random.default_rng(3).normal(0, 1, 4000).round(2), np.full(1000, 77.77)])
    units = np.concatenate([np.arange(4000), np.full(1000, 4000)])
    coder = fitted(values, units)
    assert coder.plain_values(0) == []
    assert coder.axes[0].edges[-1] < 6
    assert "77.7" not in json.dumps(coder.to_json())


def test_many_rows_a_person_still_give_bins():
    units = np.repeat(np.arange(400), 25)
    values = np.random.default_rng(3).normal(units / 100, 1)
    coder = fitted(values, units)
    assert coder.axes[0].bins > 30
    assert ks_2samp(values, redrawn(coder, values)).statistic < 0.02


@pytest.mark.parametrize("shape", shapes())
def test_every_piece_of_the_curve_rests_on_least_persons_or_nobody(shape):
    """Counted anew, with two rows a person, against the knots."""
    values = np.repeat(shapes()[shape], 2)
    units = np.repeat(np.arange(ROWS), 2)
    coder = fitted(values, units, least=25)
    curve = coder.curve
    if curve is None:
        assert len(coder.spikes) > 1
        return
    rest = ~np.isin(values, coder.spikes)
    pieces = np.clip(np.searchsorted(curve.knots, values[rest], side="right") - 1, 0, len(curve.knots) - 2)
    persons = [len(np.unique(units[rest][pieces == piece])) for piece in range(len(curve.knots) - 1)]
    shares = np.diff(curve.reached)
    assert all(count >= 25 or share == 0 for count, share in zip(persons, shares, strict=True))
    assert np.abs(shares - 2 * np.array(persons) / rest.sum()).max() < 50 / rest.sum()


@pytest.mark.parametrize("shape", shapes())
def test_no_extreme_of_the_source_is_in_the_encoder(shape):
    values = shapes()[shape]
    values[:2] = [-123456.75, 9876543.25]
    coder = fitted(values)
    written = json.dumps(coder.to_json())
    assert "123456" not in written and "9876543" not in written
    back = there_and_back(coder, values[:2])
    assert back[0] > -123456 or shape == "two humps"
    assert back[1] < 9876543


def test_declared_bounds_win_where_the_data_reach_them():
    values = np.random.default_rng(3).uniform(0, 100, 5000).round(1)
    coder = fitted(values, minimum=0.0, maximum=100.0)
    assert coder.axes[0].edges[[0, -1]] == pytest.approx([-0.05, 100.05])
    assert there_and_back(coder, np.array([-50.0, 900.0])).tolist() == [0.0, 100.0]


def test_bounds_declared_far_out_do_not_smear_the_tail():
    values = np.random.default_rng(3).normal(45, 10, 5000).round()
    assert fitted(values, minimum=-1e9, maximum=1e9).axes[0].edges[-1] < 100


def test_few_persons_are_withheld_unless_bounds_are_declared():
    values = np.array([3.5, 8.25])
    assert np.isnan(there_and_back(fitted(values), values)).all()
    some = np.linspace(1.5, 9.25, 15)
    assert np.isnan(there_and_back(fitted(some), some)).all()
    bounded = there_and_back(fitted(some, minimum=0.0, maximum=10.0), some)
    assert np.abs(bounded - some).max() < 0.01


def test_a_few_strays_beside_spikes_join_the_nearest():
    values = np.concatenate([np.repeat([0.0, 100.0], 50), [97.0, 4.0]])
    assert there_and_back(fitted(values), values)[-2:].tolist() == [100.0, 0.0]


def test_few_gaps_get_the_most_frequent_code():
    values = np.repeat([0.0, 100.0], [80, 20])
    values[0] = np.nan
    assert there_and_back(fitted(values), np.array([np.nan])).tolist() == [0.0]


@pytest.mark.parametrize(
    "values",
    [
        np.full(50, 7.0),
        np.full(50, np.nan),
        np.empty(0),
        np.linspace(0, 1e308, 100),
        np.linspace(-1e-300, 1e-300, 100),
        np.float64(2**62) + 1024.0 * np.arange(100),
        np.append(np.zeros(99), 5e-324),
    ],
    ids=["constant", "missing", "none", "huge", "minute", "long ids", "denormal"],
)
def test_odd_columns_work(values):
    coder = fitted(values)
    codes, residuals = coder.encode(values)
    back = coder.decode(codes, residuals, RNG)
    assert np.isnan(back).tolist() == np.isnan(values).tolist()
    assert not np.isinf(back).any()
    assert Numbers.from_json(json.loads(json.dumps(coder.to_json()))).axes[0].size == coder.axes[0].size


def test_whole_numbers_beyond_float64_are_reported():
    values = 2.0**60 + 1024 * np.arange(100)
    report = Numbers.fit(values, Persons.of(np.arange(100)), NumberRules(bins=8, least=10))[1]
    assert report["inexact"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6) | st.integers(-50, 50) | st.just(float("nan")), min_size=1, max_size=120),
    st.integers(1, 6),
)
def test_any_column_has_codes_and_values_within_its_axis(cells, least):
    values = np.array(cells, float)
    coder = fitted(values, least=least)
    back = there_and_back(coder, values)
    again = there_and_back(coder, back)
    assert back.shape == values.shape
    rounded = 0.0 if coder.heap is None else coder.heap.grid
    nearby = 1e-4 * (np.nanmax(np.abs(back), initial=0) + 1) + rounded
    assert np.allclose(again, back, rtol=1e-4, atol=nearby, equal_nan=True)


def test_spikes_stand_out_from_their_neighbours():
    """Every age is frequent but none is a spike; the same column with one heaped value has one."""
    ages = np.sort(np.repeat(np.arange(40.0), 250))
    assert find_spikes(ages, Persons.of(np.arange(len(ages))), 10).tolist() == []
    heaped = np.sort(np.append(ages, np.full(2000, 18.0)))
    assert find_spikes(heaped, Persons.of(np.arange(len(heaped))), 10).tolist() == [18.0]


def test_bound_by_hand():
    """The 10th lowest of 0, 1, 2, ... is 9, the 20th is 19: down to the next multiple of 10."""
    values = np.arange(100.0)
    alone = Persons.of(np.arange(100))
    assert lower_bound(values, alone, 10, 1.0, None) == 0
    assert lower_bound(values + 23, alone, 10, 1.0, None) == 30
    assert lower_bound(values + 23, alone, 10, 1.0, 31.0) == 31
    assert lower_bound(values + 23, alone, 10, 1.0, 25.0) == 25
    assert lower_bound(values + 23, alone, 10, 1.0, -500.0) == 30


@pytest.mark.parametrize(("width", "step"), [(0.3, 1), (1, 1), (2.5, 2), (7, 5), (10, 10), (4999, 2000)])
def test_round_steps(width, step):
    assert round_step(width, 1.0) == step


def grid_of(values: np.ndarray) -> float | None:
    ascending = np.sort(values)
    return find_grid(ascending, Persons.of(np.arange(len(ascending))), 10, NUMBER_GRIDS)


def test_grid_needs_nearly_all_rows_and_values():
    assert grid_of(np.arange(200) * 25.0) == 25
    assert grid_of(np.arange(200) / 20) == 0.05
    assert grid_of(np.random.default_rng(0).random(200)) is None
    assert grid_of(np.repeat([0.0, 1.0, 2.0, 3.0], [100_000, 50, 30, 10])) == 1
    assert grid_of(np.repeat([0.0, 1.5, 2.5, 3.0], [100_000, 5, 5, 50])) == 0.5


def test_a_scale_settles_and_never_says_minus_zero():
    scale = Scale(grid=0.05, minimum=0.0, maximum=1.0)
    settled = scale.settle(np.array([-3.0, -0.01, 0.12, 0.13, 7.0]))
    assert settled.tolist() == [0.0, 0.0, 0.1, 0.15, 1.0]
    assert not np.signbit(settled).any()


def test_spikes_know_their_place_among_the_bins():
    values = np.where(
        RNG.random(ROWS) < 0.3, RNG.choice([0.0, 500.0, 5000.0], ROWS), RNG.uniform(1, 1000, ROWS)
    )
    axis = fitted(values).axes[0]
    middle = int(np.searchsorted(axis.edges, 500.0, side="right"))
    assert axis.bins_below is not None
    assert axis.bins_below.tolist() == [0, middle, axis.bins]


@pytest.mark.parametrize("decimals", [1, 2, 3])
@pytest.mark.parametrize("middle", [0.0, -1.0, 0.3])
def test_decimals_on_both_sides_of_zero(decimals, middle):
    """Sums of decimals miss their neighbours by the last digit: once that made pieces of no width."""
    for seed, rows in enumerate((300, 2500, 5000, 20_000)):
        values = np.random.default_rng(seed).normal(middle, 1, rows).round(decimals)
        coder = fitted(values)
        back = coder.decode(*coder.encode(values), np.random.default_rng(1))
        assert np.abs(np.quantile(values, [0.1, 0.5, 0.9]) - np.quantile(back, [0.1, 0.5, 0.9])).max() < 0.11
        assert grid_of(back) >= 10.0**-decimals * 0.999


def test_a_column_may_be_tiny_as_a_whole():
    values = np.random.default_rng(0).normal(size=3000) * 1e-12
    coder = fitted(values)
    assert coder.scale.grid is None
    back = coder.decode(*coder.encode(values), np.random.default_rng(1))
    assert back.std() == pytest.approx(values.std(), rel=0.1)


@pytest.mark.parametrize("whole", [0.6, 0.9, 0.9965])
def test_as_many_values_stay_round_as_were(whole):
    """Amounts of money, some of them with cents; to the column they are all multiples of a cent."""
    rng = np.random.default_rng(0)
    amounts = rng.gamma(2, 4000, 20_000).round(2)
    amounts[rng.random(20_000) < whole] //= 1
    coder = fitted(amounts)
    back = redrawn(coder, amounts)
    assert (back % 1 == 0).mean() == pytest.approx((amounts % 1 == 0).mean(), abs=0.02)
    assert ks_2samp(amounts, back).statistic < 0.01
    assert Numbers.from_json(json.loads(json.dumps(coder.to_json()))).heap == coder.heap


def test_few_who_are_off_the_grid_do_not_show():
    amounts = np.random.default_rng(0).integers(0, 10_000, 5000).astype(float)
    amounts[:8] += 0.25
    assert (redrawn(fitted(amounts), amounts) % 1 == 0).all()


def test_a_heap_rests_on_many_persons_not_on_many_rows_of_few():
    rng = np.random.default_rng(0)
    amounts = rng.gamma(2, 4000, 6000).round(2)
    units = np.arange(6000)
    amounts[:4500] //= 1
    assert fitted(amounts, units).heap is not None
    units[:4500] %= 9
    assert fitted(amounts, units).heap is None


@pytest.mark.parametrize("values", ["decimals", "ages", "zeros"])
def test_values_that_lie_on_a_coarser_grid_by_chance_are_no_heap(values):
    """One decimal is whole once in ten; ages heap on fives for some; a spike of zeros lies on every grid."""
    rng = np.random.default_rng(0)
    ages = rng.integers(18, 90, 9000).astype(float)
    made = {
        "decimals": rng.normal(50, 20, 9000).round(1),
        "ages": np.where(rng.random(9000) < 0.3, (ages / 5).round() * 5, ages),
        "zeros": np.where(rng.random(9000) < 0.8, 0.0, rng.gamma(2, 50, 9000).round(2)),
    }
    assert fitted(made[values]).heap is None


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_of_one_sign_keep_it(sign):
    values = sign * np.exp(np.random.default_rng(0).normal(0, 4, 5000))
    back = redrawn(fitted(values), values)
    assert (np.sign(back) == sign).all()
    magnitudes = [np.quantile(np.log10(np.abs(each)), [0.02, 0.1, 0.5, 0.9, 0.98]) for each in (values, back)]
    assert np.abs(np.diff(magnitudes, axis=0)).max() < 0.15
