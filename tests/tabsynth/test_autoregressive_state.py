"""What is kept of the any-order network: the same bytes from the same seed, its state, its checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from privacy import ConfigError, Event
from tabsynth.generators import State, make_generator
from tabsynth.generators.autoregressive import Autoregressive, Settings
from tests.tabsynth.autoregressive_cases import QUICK, TABLE, coded, fitted, levels, make_table, ring, trained


def test_same_seed_same_rows_and_no_global_random_state() -> None:
    torch.manual_seed(11)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    samples = []
    for seed in (0, 0, 1):
        generator = fitted(TABLE, make_table(500, 2), seed, epochs=2)
        samples.append(generator.sample(300, np.random.default_rng(9)))
    assert samples[0].codes.tobytes() == samples[1].codes.tobytes()
    assert samples[0].residuals.tobytes() == samples[1].residuals.tobytes()
    assert not np.array_equal(samples[0].codes, samples[2].codes)
    assert torch.equal(before, torch.get_rng_state())
    assert numpy_before == np.random.get_state()[1].tolist()  # noqa: NPY002


class TestState:
    def test_a_restored_generator_draws_the_same_rows(self) -> None:
        twin = Autoregressive(Settings(device="cpu"))
        twin.restore(TABLE.domain, trained().state())
        a, b = (each.sample(200, np.random.default_rng(2)) for each in (trained(), twin))
        assert a.codes.tobytes() == b.codes.tobytes()
        assert a.residuals.tobytes() == b.residuals.tobytes()

    def test_it_does_not_grow_with_the_rows_and_its_facts_are_plain(self) -> None:
        shapes = []
        for rows in (1_000, 4_000):
            state = fitted(TABLE.take(np.arange(rows)), epochs=1).state()
            shapes.append({name: tensor.shape for name, tensor in state.tensors.items()})
            assert all(tensor.dtype == np.float32 for tensor in state.tensors.values())
        assert shapes[0] == shapes[1]
        facts = json.loads(json.dumps(trained().state().facts, allow_nan=False))
        assert set(facts) == {"settings", "history", "device"}
        assert "checkpoint" not in facts["settings"]

    @pytest.mark.parametrize(
        "damage",
        [
            pytest.param(lambda tensors: tensors.pop("norm.bias"), id="one is missing"),
            pytest.param(lambda tensors: tensors.update(extra=np.zeros(3, np.float32)), id="one too many"),
            pytest.param(
                lambda tensors: tensors.update({"margins.0": np.zeros(4, np.float32)}), id="a shape"
            ),
            pytest.param(lambda tensors: tensors.update({"margins.0": np.zeros(3)}), id="a type"),
            pytest.param(
                lambda tensors: tensors.update({"margins.0": np.full(3, np.nan, np.float32)}), id="no number"
            ),
            pytest.param(lambda tensors: tensors.pop("blocks.1.first"), id="half a block"),
        ],
    )
    def test_damaged_arrays_are_refused(self, damage: Callable[[dict[str, Any]], object]) -> None:
        state = trained().state()
        tensors = dict(state.tensors)
        damage(tensors)
        with pytest.raises(ValueError):
            Autoregressive(Settings(device="cpu")).restore(TABLE.domain, State(tensors, state.facts))

    def test_another_domain_or_width_is_refused(self) -> None:
        state, twin = trained().state(), Autoregressive(Settings(device="cpu"))
        with pytest.raises(ValueError):
            twin.restore(ring(1).domain, state)
        settings = {**state.facts["settings"], "width": 2**40}
        with pytest.raises(ValueError):
            twin.restore(TABLE.domain, State(state.tensors, {**state.facts, "settings": settings}))
        with pytest.raises(ValueError):
            twin.restore(TABLE.domain, State(state.tensors, {}))

    def test_a_width_that_was_fitted_is_kept(self) -> None:
        table = coded([levels(8)] * 14, np.random.default_rng(0).integers(0, 8, (400, 14)))
        generator, twin = fitted(table, width=None, epochs=1), Autoregressive(Settings(device="cpu"))
        twin.restore(table.domain, generator.state())
        assert generator.state().facts["settings"]["width"] == 96
        assert twin.state().tensors["norm.weight"].shape == (96,)


class TestResuming:
    @pytest.mark.parametrize("stop", [3, 4])
    def test_an_interrupted_training_resumes_to_the_same_model(self, tmp_path: Path, stop: int) -> None:
        development = make_table(500, 2)
        settings = {**QUICK, "epochs": 6, "checkpoint_every": 2, "checkpoint": tmp_path / "half.safetensors"}
        straight = fitted(TABLE, development, epochs=6)

        def interrupt(event: Event) -> None:
            if event.stage == "training" and event.done == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make_generator("autoregressive", settings).fit(
                TABLE, development, np.random.default_rng(0), interrupt
            )
        resumed = make_generator("autoregressive", {**settings, "resume": True})
        seen: list[int] = []
        resumed.fit(TABLE, development, np.random.default_rng(0), lambda event: seen.append(event.done))
        assert seen[:2] == [0, 2 * (stop // 2) + 1]
        a, b = straight.state(), resumed.state()
        assert all(np.array_equal(a.tensors[name], b.tensors[name]) for name in a.tensors)
        assert a.facts["history"] == b.facts["history"]

    @pytest.mark.parametrize("change", ["table", "seed", "setting"])
    def test_a_checkpoint_of_another_training_is_refused(self, tmp_path: Path, change: str) -> None:
        settings = {"epochs": 1, "checkpoint": tmp_path / "half.safetensors", "resume": True}
        fitted(TABLE, **settings)
        other = make_table(4_000, 3) if change == "table" else TABLE
        with pytest.raises(ConfigError, match="another table, seed or setting"):
            fitted(other, seed=change == "seed", **settings, **({"lr": 0.1} if change == "setting" else {}))
