"""The training of the any-order network: what is learnt, what rows weigh, when it ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from privacy import TrainingError
from tabsynth.domain import Axis
from tabsynth.generators.autoregressive import Settings, training
from tabsynth.generators.autoregressive.layout import LARGE
from tabsynth.generators.autoregressive.masks import known_cells
from tests.tabsynth.autoregressive_cases import TABLE, coded, fitted, levels, make_table, shares, trained


class TestTraining:
    @pytest.mark.parametrize("ordered", [1.0, 0.0])
    def test_rows_know_as_many_columns_as_it_happens(self, ordered: float) -> None:
        """With `ordered` the first ones of the order; else any: of none, 1, 2 of 3 columns 1 + 1/3 + 1/3 in 3."""
        order = [2, 0, 1]
        place = torch.tensor(order).argsort()
        known = known_cells(30_000, place, ordered, torch.Generator().manual_seed(0)).numpy()
        counts = np.bincount(known.sum(axis=1), minlength=4)
        assert counts[3] == 0
        assert stats.chisquare(counts[:3]).pvalue > 1e-3
        in_order = known[:, order]
        is_prefix = (np.diff(in_order.astype(int), axis=1) <= 0).all(axis=1).mean()
        assert is_prefix == pytest.approx(1.0 if ordered else (1 + 1 / 3 + 1 / 3) / 3, abs=0.02)

    @pytest.mark.slow
    def test_training_in_bfloat16_comes_to_nearly_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        losses = []
        for halved in (False, True):
            monkeypatch.setattr(training, "is_quick_in_half", lambda device, halved=halved: halved)
            losses.append(fitted(TABLE, epochs=4).state().facts["history"]["losses"][-1]["loss"])
        assert losses[0] != losses[1]
        assert losses[0] == pytest.approx(losses[1], abs=0.02)

    def test_margins_pairs_and_numbers_are_those_of_the_table(self) -> None:
        drawn, fresh = trained().sample(20_000, np.random.default_rng(3)), make_table(20_000, 4)
        for column, size in enumerate(fresh.domain.sizes):
            margin = [np.bincount(each.codes[:, column], minlength=size) / 20_000 for each in (drawn, fresh)]
            assert np.abs(margin[0] - margin[1]).sum() / 2 < 0.05
        assert np.abs(shares(drawn, [3, 1, 0], 9) - shares(fresh, [3, 1, 0], 9)).sum() / 2 < 0.04
        real = drawn.real(2)
        low, inside = real < 4, ~np.isnan(real)
        assert (drawn.codes[low & inside, 0] == 0).mean() > 0.97
        assert (drawn.codes[~low & inside, 0] != 0).mean() > 0.97

    @pytest.mark.slow
    def test_where_in_its_bin_a_number_lies_is_learnt_both_ways(self) -> None:
        """One bin: below its middle where the level is 0, above where it is 1."""
        rng = np.random.default_rng(0)
        level, place = rng.integers(0, 2, 4_000), rng.random(4_000) / 2
        axes = [levels(2), Axis(0, np.array([0.0, 10.0]))]
        both = np.column_stack([np.zeros(4_000), place + level / 2])
        table = coded(axes, np.column_stack([level, np.zeros(4_000)]), both)
        generator = fitted(table)
        drawn = generator.sample(4_000, rng)
        assert ((drawn.residuals[:, 1] >= 0.5) == drawn.codes[:, 0]).mean() > 0.98
        assert len(np.unique(drawn.residuals[:, 1])) > 3_500
        unseen = coded(axes, np.zeros((2_000, 2)), np.column_stack([np.zeros(2_000), rng.random(2_000)]))
        filled = generator.impute(unseen, np.tile([False, True], (2_000, 1)), rng)
        assert ((unseen.residuals[:, 1] >= 0.5) == filled.codes[:, 0]).mean() > 0.9

    def test_all_rows_of_one_person_weigh_as_much_as_one(self) -> None:
        """Of a thousand persons the two levels agree; of one, who has a thousand rows more, they never do."""
        first = np.arange(2_000) % 2
        second = np.where(np.arange(2_000) < 1_000, first, 1 - first)
        table = coded([levels(2), levels(2)], np.column_stack([first, second]))
        persons = np.minimum(np.arange(2_000), 1_000)
        for owned, share in ((persons, 1.0), (None, 0.5)):
            drawn = fitted(replace(table, persons=owned), epochs=10).sample(2_000, np.random.default_rng(0))
            assert (drawn.codes[:, 0] == drawn.codes[:, 1]).mean() == pytest.approx(share, abs=0.06)

    def test_persons_weigh_alike_in_the_margins_and_in_what_development_is_worth(self) -> None:
        train = replace(coded([levels(2)], [[0], [0], [0], [1]]), persons=np.array([5, 5, 5, 8]))
        held_out = replace(coded([levels(2)], [[0]] * 9 + [[1]]), persons=np.array([1] * 9 + [2]))
        less = replace(train, codes=np.array([[0], [0], [1], [1]], np.int32))
        for table, shares_of in ((train, [0.5, 0.5]), (less, [(2 / 3 + 0.5) / 3, (4 / 3 + 0.5) / 3])):
            settings = Settings(width=16, device="cpu")
            learner = training.Learner(
                settings, table, held_out, torch.device("cpu"), np.random.default_rng(0)
            )
            assert learner.network.margins[0].exp().numpy() == pytest.approx(shares_of, abs=1e-6)
            assert learner.score() == pytest.approx(-np.log(shares_of).mean(), abs=1e-5)

    def test_it_stops_when_development_gets_no_likelier(self) -> None:
        """Twenty levels by chance alone: what is learnt of 200 rows does not hold for others."""
        rng = np.random.default_rng(0)
        table, other = (coded([levels(20)] * 3, rng.integers(0, 20, (rows, 3))) for rows in (200, 2_000))
        history = fitted(table, other, epochs=60, patience=3, dropout=0).state().facts["history"]
        assert history["stopped_early"] and history["best_epoch"] < 40
        assert len(history["scores"]) == history["best_epoch"] + 3
        assert min(history["scores"]) == history["scores"][history["best_epoch"] - 1]

    def test_without_development_rows_all_epochs_run(self) -> None:
        history = fitted(TABLE, epochs=3, patience=1).state().facts["history"]
        assert len(history["losses"]) == history["best_epoch"] == 3
        assert history["scores"] == []

    def test_a_training_that_breaks_down_stops_with_the_epoch_and_advice(self) -> None:
        with pytest.raises(TrainingError, match=r"epoch \d+.*lower lr"):
            fitted(TABLE, lr=1e30)

    def test_ten_thousand_levels_cost_few_numbers_each(self) -> None:
        rng = np.random.default_rng(0)
        held = []
        for size in (10_000, 20_000):
            codes = np.column_stack([rng.integers(0, size, 500), rng.integers(0, 3, 500)])
            generator = fitted(coded([levels(size), levels(3)], codes), epochs=1, width=256)
            held.append(sum(tensor.size for tensor in generator.state().tensors.values()))
            assert len(generator.sample(300, rng)) == 300
        assert (held[1] - held[0]) / 10_000 < 70

    def test_a_table_of_nothing_but_large_columns_is_learnt(self) -> None:
        rng = np.random.default_rng(0)
        table = coded([levels(LARGE + 1), levels(LARGE + 9)], rng.integers(0, LARGE, (500, 2)))
        generator = fitted(table, table, epochs=1)
        assert (generator.sample(20, rng, {1: np.array([7], np.int32)}).codes[:, 1] == 7).all()

    @pytest.mark.slow
    def test_levels_by_the_thousand_are_told_by_others(self) -> None:
        """A level of low rank whose number's parity is another column."""
        rng = np.random.default_rng(0)
        level = rng.integers(0, LARGE + 88, 6_000)
        table = coded([levels(LARGE + 88), levels(2)], np.column_stack([level, level % 2]))
        drawn = fitted(table, epochs=30, lr=5e-3).sample(4_000, rng).codes
        assert (drawn[:, 0] % 2 == drawn[:, 1]).mean() > 0.9
