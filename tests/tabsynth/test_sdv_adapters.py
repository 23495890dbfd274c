"""The adapters to SDV and ctgan: the frame there and back, seeds, conditions, and what cannot be saved."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from privacy import ConfigError, Event, MissingExtraError, TrainingError, silent
from tabsynth.domain import Axis, Domain, Encoded, from_real
from tabsynth.generators import make_generator
from tabsynth.generators.sdv.frame import frame_of, table_of

SETTINGS: dict[str, dict[str, Any]] = {
    "sdv-gaussian-copula": {},
    "sdv-ctgan": {"epochs": 1, "batch_size": 100, "device": "cpu"},
    "sdv-tvae": {"epochs": 1, "batch_size": 100, "device": "cpu"},
    "ctgan-package": {"epochs": 1, "batch_size": 100, "device": "cpu"},
}


def make_table(rows: int, seed: int) -> Encoded:
    """A category, a number with a spike and gaps, a number with neither, and a column missing everywhere."""
    rng = np.random.default_rng(seed)
    category = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    spiked = Axis(plain=2, edges=np.linspace(-4, 8, 31), missing=True)
    bare = Axis(plain=0, edges=np.array([0.0, 0.5, 3.0, 100.0]))
    empty = Axis(plain=1, edges=np.array([0.0, 1.0]), missing=True)
    codes, residuals = from_real(spiked, rng.normal(2.0 * category, 1.0))
    kind = rng.choice(3, rows, p=[0.2, 0.2, 0.6])
    other, other_residuals = from_real(bare, rng.exponential(5, rows))
    return Encoded(
        Domain((Axis(plain=3, edges=np.empty(0)), spiked, bare, empty)),
        np.stack([category, np.where(kind == 2, codes, kind), other, 0 * kind], axis=1).astype(np.int32),
        np.stack(
            [np.zeros(rows), np.where(kind == 2, residuals, 0), other_residuals, np.zeros(rows)], axis=1
        ).astype(np.float32),
    )


def test_the_frame_keeps_everything() -> None:
    table = make_table(500, 0)
    peer, frame = frame_of(table, np.random.default_rng(0))
    assert list(frame) == ["code_0", "code_1", "code_3", "real_1", "real_2"]
    assert set(frame["code_1"]) == {"c0", "c1", "inside"}
    assert not frame.isna().any().any()
    back = table_of(peer, frame)
    assert np.array_equal(back.codes, table.codes)
    assert np.allclose(back.residuals, table.residuals, atol=1e-4)


def test_numbers_that_are_not_there_are_filled_from_the_column_s_own() -> None:
    table = make_table(500, 0)
    _, frame = frame_of(table, np.random.default_rng(0))
    real = table.real(1)
    assert set(frame["real_1"]) == set(real[~np.isnan(real)])


@pytest.mark.parametrize("name", SETTINGS)
def test_same_seed_same_rows_other_seed_other_rows_and_the_caller_s_states_untouched(name: str) -> None:
    pytest.importorskip("sdv")
    import torch

    table = make_table(200, 1)
    torch.manual_seed(3)
    torch_before = torch.get_rng_state()
    numpy_before = np.random.get_state()[1].tolist()  # noqa: NPY002
    drawn = []
    for _ in range(2):
        generator = make_generator(name, SETTINGS[name])
        generator.fit(table, table, np.random.default_rng(5), silent)
        drawn.append(generator.sample(50, np.random.default_rng(6)))
    drawn.append(generator.sample(50, np.random.default_rng(7)))
    assert np.array_equal(drawn[0].codes, drawn[1].codes)
    assert np.array_equal(drawn[0].residuals, drawn[1].residuals)
    assert not np.array_equal(drawn[1].codes, drawn[2].codes)
    assert torch.equal(torch_before, torch.get_rng_state())
    assert numpy_before == np.random.get_state()[1].tolist()  # noqa: NPY002
    for sample in drawn:
        assert sample.domain is table.domain
        assert len(sample) == 50
        assert ((sample.codes >= 0) & (sample.codes < sample.domain.sizes)).all()
        assert ((sample.residuals >= 0) & (sample.residuals < 1)).all()
        assert (sample.codes[:, 3] == 0).all()


@pytest.mark.parametrize("name", ["sdv-gaussian-copula", "ctgan-package"])
def test_conditions_hold_where_twenty_rounds_can_find_them(name: str) -> None:
    pytest.importorskip("sdv")
    table = make_table(200, 1)
    generator = make_generator(name, SETTINGS[name])
    generator.fit(table, table, np.random.default_rng(0), silent)
    given = {0: np.array([1, 2], dtype=np.int32), 1: np.array([0], dtype=np.int32)}
    sample = generator.sample(100, np.random.default_rng(1), given)
    assert np.isin(sample.codes[:, 0], [1, 2]).all()
    assert (sample.codes[:, 1] == 0).all()
    impossible = generator.sample(10, np.random.default_rng(1), {3: np.array([1], dtype=np.int32)})
    assert len(impossible) == 10


def test_the_gaussian_copula_learns_the_shares_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sdv")
    table = make_table(2_000, 1)
    notes: list[Event] = []
    generator = make_generator("sdv-gaussian-copula")
    generator.fit(table, table, np.random.default_rng(0), notes.append)
    sample = generator.sample(4_000, np.random.default_rng(1))
    for column in (0, 1):
        shares = [np.bincount(t.codes[:, column], minlength=40)[:3] / len(t) for t in (table, sample)]
        assert np.abs(shares[0] - shares[1]).max() < 0.06
    assert capfd.readouterr() == ("", "")
    assert "cpu" in notes[0].note


@pytest.mark.parametrize("name", SETTINGS)
def test_such_a_model_cannot_be_saved_and_says_so(name: str) -> None:
    generator = make_generator(name, SETTINGS[name])
    with pytest.raises(ConfigError, match=f"{name} model can only be saved as a pickle"):
        generator.state()


def test_one_row_is_refused() -> None:
    with pytest.raises(TrainingError, match="at least 2 rows"):
        make_generator("sdv-ctgan").fit(make_table(1, 0), make_table(1, 0), np.random.default_rng(0), silent)


@pytest.mark.parametrize(("name", "package"), [("sdv-tvae", "sdv"), ("ctgan-package", "ctgan")])
def test_a_missing_package_names_the_install_line(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [m for m in sys.modules if m == package or m.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    table = make_table(20, 0)
    with pytest.raises(MissingExtraError, match=r"tabsynth-privacy\[sdv\]"):
        make_generator(name, SETTINGS[name]).fit(table, table, np.random.default_rng(0), silent)


def test_a_frame_of_a_peer_may_overshoot_the_edges() -> None:
    table = make_table(100, 0)
    peer, frame = frame_of(table, np.random.default_rng(0))
    wild = pd.DataFrame({name: frame[name] for name in frame})
    wild["real_2"] = 1e9
    back = table_of(peer, wild)
    assert (back.codes[:, 2] == 2).all()
    assert (back.real(2) <= 100).all()
