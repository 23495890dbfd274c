"""The model file: same bytes, nothing of the source's rare values, and nothing believed when it is opened."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from privacy import (
    BundleError,
    Column,
    ConfigError,
    Kind,
    Role,
    Schema,
    SourceError,
    UserError,
    silent,
)
from tabsynth.artifact import Model
from tabsynth.encode import Encoder
from tabsynth.generators import make_generator
from tabsynth.sample import sample
from tabsynth.select import Selection

SCHEMA = Schema(
    columns=(
        Column(name="patient", kind=Kind.ID, role=Role.IDENTIFIER),
        Column(name="diagnosis", kind=Kind.CATEGORICAL, role=Role.SENSITIVE),
        Column(name="cost", kind=Kind.NUMERIC),
        Column(name="born", kind=Kind.DATETIME),
        Column(name="remark", kind=Kind.TEXT),
    ),
    entity="patient",
)
SEEDS = np.random.SeedSequence(3)


def planted() -> pd.DataFrame:
    """A canonical table: common values, and in row 100 values of one person alone."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "patient": [f"PATIENT-{i}" for i in range(2000)],
            "diagnosis": rng.choice(np.array(["cold", "cough"], object), 2000),
            "cost": rng.gamma(2, 100, 2000).round(2),
            "born": rng.integers(-20_000, 5_000, 2000) * 86400.0,
            "remark": "nothing to say",
        }
    )
    frame.loc[100, ["diagnosis", "cost", "born"]] = ["Kuru-Xanthippe", 987654.321, -61_234.0 * 86400]
    frame.loc[101, "cost"] = -123.4567
    return frame


def fitted(generator: str = "copula", settings: dict[str, Any] | None = None) -> Model:
    frame = planted()
    encoder = Encoder.fit(frame, SCHEMA, frame["patient"].to_numpy())
    made = make_generator(generator, settings or {"rounds": 2, "draws": 2000})
    coded = encoder.encode(frame)
    made.fit(coded, coded.take(np.arange(0)), np.random.default_rng(11), silent)
    return Model(SCHEMA, encoder, made)


@pytest.fixture(scope="module")
def model() -> Model:
    return fitted()


def rewritten(content: bytes, **members: bytes) -> bytes:
    """A model file with some members replaced, checksums in order."""
    names = {"json": "model.json", "tensors": "tensors.safetensors"}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held |= {names.get(key, key): data for key, data in members.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return out.getvalue()


def described(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        loaded: dict[str, Any] = json.loads(archive.read("model.json"))
    return loaded


# --- there and back


@pytest.mark.parametrize(
    ("generator", "settings"),
    [
        ("copula", None),
        ("tree", {"leaf": 50}),
        ("ctgan", {"epochs": 1, "generator_dim": (16,), "critic_dim": (16,), "device": "cpu"}),
    ],
)
def test_a_loaded_model_draws_the_same_rows(generator: str, settings: Any, tmp_path: Path) -> None:
    saved = fitted(generator, settings)
    saved.save(tmp_path / "m.model")
    loaded = Model.load(tmp_path / "m.model")
    assert loaded.name == generator
    assert loaded.settings == saved.settings
    assert loaded.facts == saved.facts
    pd.testing.assert_frame_equal(sample(loaded, 500, SEEDS), sample(saved, 500, SEEDS))


def test_the_same_fit_gives_the_same_bytes(model: Model) -> None:
    assert fitted().to_bytes() == model.to_bytes()


def test_saving_replaces_whole_and_leaves_nothing_beside(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    path.write_bytes(b"the old one")
    model.save(path)
    assert path.read_bytes() == model.to_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.model"]


# --- what is not in it


def test_no_planted_value_no_seed_and_no_path_is_in_the_bytes(model: Model) -> None:
    content = model.to_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        everything = content + b"".join(archive.read(name) for name in archive.namelist())
    text = everything.decode("latin-1")
    for planted_text in ("Kuru", "Xanthippe", "987654", "123.4567", "61234", "PATIENT-", "nothing to say"):
        assert planted_text not in text
    for number in (987654.321, -123.4567, -61_234.0 * 86400, -61_234.0):
        assert np.float64(number).tobytes() not in everything
        assert np.float32(number).tobytes() not in everything
    assert str(Path.home()) not in text
    assert "cold" in text, "a level that many carry is there, so the search would have found one"


def test_the_state_has_no_array_as_long_as_the_table(model: Model) -> None:
    assert all(2000 not in tensor.shape for tensor in model.generator.state().tensors.values())


def test_paths_and_the_device_stay_out_of_the_settings(tmp_path: Path) -> None:
    settings = {"epochs": 1, "device": "cpu", "checkpoint": tmp_path / "half.ckpt"}
    made = Model(SCHEMA, fitted().encoder, make_generator("ctgan", settings))
    assert made.settings["epochs"] == 1
    assert not {"device", "checkpoint"} & set(made.settings)


# --- what is refused


def test_every_changed_byte_is_noticed_or_harmless(model: Model, tmp_path: Path) -> None:
    """One byte flipped, all through the file: an error of ours, or the very same model."""
    content, path = model.to_bytes(), tmp_path / "m.model"
    messages = []
    for place in np.linspace(0, len(content) - 1, 150).astype(int).tolist():
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            assert Model.load(path).to_bytes() == content, place
        except (BundleError, SourceError) as error:
            messages.append(str(error))
    assert len(messages) > 120
    assert all(str(path) in message for message in messages)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no model file"),
        (b"a,b\n1,2\n", "no model file"),
        (rewritten(b"PK\x05\x06" + b"\0" * 18, **{"other.txt": b"x"}), "no model file"),
    ],
)
def test_other_files_are_no_model_files(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=says):
        Model.load(path)


@pytest.mark.parametrize("header_byte", [6, 8])
def test_a_header_that_asks_for_what_zip_cannot_do_is_damage(
    model: Model, tmp_path: Path, header_byte: int
) -> None:
    """Byte 6 of a zip directory entry is the version needed, byte 8 says whether a password is."""
    path, content = tmp_path / "m.model", bytearray(model.to_bytes())
    content[content.index(b"PK\x01\x02") + header_byte] |= 0x81
    path.write_bytes(content)
    with pytest.raises(SourceError, match="damaged"):
        Model.load(path)


def test_missing_files_folders_and_unwritable_places_are_one_line(model: Model, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        Model.load(tmp_path / "none.model")
    with pytest.raises(SourceError, match="cannot be read"):
        Model.load(tmp_path)
    with pytest.raises(SourceError, match="cannot be written"):
        model.save(tmp_path / "no such folder" / "m.model")


def test_a_cut_file_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    path.write_bytes(model.to_bytes()[:-100])
    with pytest.raises(UserError, match="damaged"):
        Model.load(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "something else"}, "no model file"),
        ({"format_version": 2}, "another format than version 1"),
        ({"generator": {"name": "copula"}}, "damaged, or written by another version"),
        ({"generator": None}, "damaged, or written by another version"),
        ({"schema": {}}, "damaged, or written by another version"),
        ({"encoder": {}}, "damaged, or written by another version"),
        ({"dtypes": ["ab"]}, "damaged, or written by another version"),
        ({"dtypes": {"age": None}}, "damaged, or written by another version"),
        ({"dtypes": {"age": "S999999999"}}, "damaged, or written by another version"),
        (
            {"dtypes": {"age": "datetime64[ns, dateutil//etc/passwd]"}},
            "damaged, or written by another version",
        ),
        (
            {"generator": {"name": "copula", "settings": {"of another version": 1}, "facts": {}}},
            "damaged, or written by another version",
        ),
        ({"generator": {"name": "no such generator", "settings": {}, "facts": {}}}, "no generator is called"),
    ],
)
def test_a_description_that_is_not_ours_is_refused(
    model: Model, change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    content = model.to_bytes()
    path = tmp_path / "m.model"
    path.write_bytes(rewritten(content, json=json.dumps(described(content) | change).encode()))
    with pytest.raises(UserError, match=says):
        Model.load(path)


def test_a_member_or_an_array_too_many_or_too_few_may_be_of_another_version(
    model: Model, tmp_path: Path
) -> None:
    from safetensors.numpy import load, save

    content, path = model.to_bytes(), tmp_path / "m.model"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tensors = load(archive.read("tensors.safetensors"))
    tensors.pop("0.below")
    path.write_bytes(rewritten(content, tensors=save(tensors)))
    with pytest.raises(BundleError, match="damaged, or written by another version"):
        Model.load(path)
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("of another version", b"")
    with pytest.raises(BundleError, match="damaged, or written by another version"):
        Model.load(path)


def test_arrays_that_lead_in_circles_are_refused(model: Model, tmp_path: Path) -> None:
    from safetensors.numpy import load, save

    content = model.to_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tensors = load(archive.read("tensors.safetensors"))
    tensors["0.below"][:] = 0
    path = tmp_path / "m.model"
    path.write_bytes(rewritten(content, tensors=save(tensors)))
    with pytest.raises(BundleError, match="damaged"):
        Model.load(path)


@pytest.mark.parametrize("temperature", [1.0, 0.1, 10.0])
def test_arrays_of_trees_that_were_tampered_with_are_refused_or_harmless(
    temperature: float, tmp_path: Path
) -> None:
    """Compiled loops believe their arrays: whatever stands in them, drawing ends, at codes of the table."""
    from safetensors.numpy import load, save

    settings = {"leaf": 50, "temperature": temperature}
    content, path = fitted("tree", settings).to_bytes(), tmp_path / "m.model"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        packed = archive.read("tensors.safetensors")
    rng, refused = np.random.default_rng(0), 0
    for name, tensor in load(packed).items():
        for value in (-1, 0, 1, 100_000):
            if not tensor.size:
                continue
            changed = {other: kept.copy() for other, kept in load(packed).items()}
            changed[name].flat[rng.integers(tensor.size)] = np.array(value).astype(tensor.dtype)
            path.write_bytes(rewritten(content, tensors=save(changed)))
            try:
                assert len(sample(Model.load(path), 50, SEEDS)) == 50
            except BundleError:
                refused += 1
    assert refused > 40


def test_the_selection_comes_back_and_a_damaged_one_is_refused(model: Model, tmp_path: Path) -> None:
    choosing = replace(model, selection=Selection.by(model.encoder.encode(planted()), 3))
    path = tmp_path / "m.model"
    choosing.save(path)
    pd.testing.assert_frame_equal(sample(Model.load(path), 300, SEEDS), sample(choosing, 300, SEEDS))
    content = choosing.to_bytes()
    facts = described(content)
    facts["selection"]["columns"] = [[7]]
    path.write_bytes(rewritten(content, json=json.dumps(facts).encode()))
    with pytest.raises(BundleError, match="damaged"):
        Model.load(path)


def test_a_bomb_is_not_unpacked(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", b" " * 50_000_000)
        archive.writestr("tensors.safetensors", b"")
    assert os.path.getsize(path) < 100_000
    with pytest.raises(BundleError, match="claims more than it holds"):
        Model.load(path)


def test_a_pickle_inside_is_data_like_any_other(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m.model"
    evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR."
    path.write_bytes(rewritten(model.to_bytes(), tensors=evil))
    with pytest.raises(BundleError, match="damaged"):
        Model.load(path)
    assert not (tmp_path / "ran").exists()


def test_a_generator_that_only_a_pickle_could_hold_is_refused(tmp_path: Path) -> None:
    held = Model(SCHEMA, fitted().encoder, make_generator("sdv-gaussian-copula"))
    assert held.facts == {}
    with pytest.raises(ConfigError, match="pickle"):
        held.save(tmp_path / "m.model")
    assert not list(tmp_path.iterdir())
