"""Provenance from outside: one signed bundle, checked, damaged, learnt from again and passed off as real."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from privacy import MARK, save_schema
from tabsynth import Synthesizer
from tabsynth.artifact import Model
from tabsynth.config import checked_config
from tabsynth.keys import load_key
from tabsynth.ledger import Ledger
from tabsynth.lineage.signing import load_signer, make_keys
from tabsynth.release import release
from tests.conftest import PEOPLE_SCHEMA, make_people

BUNDLE_FILES = (
    *("audit.json", "card.md", "croissant.json", "data.csv", "data.parquet", "manifest.json", "report.html"),
    *("report.md", "schema.toml", "statement.dsse.json"),
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, small_policy: str) -> Path:
    """A folder with keys, a ledger, and `bundle`: a release with a hostile title, signed by `maker.key`."""
    folder = tmp_path_factory.mktemp("house")
    make_people(6000, 5).to_parquet(folder / "source.parquet")
    save_schema(PEOPLE_SCHEMA, folder / "schema.toml")
    (folder / "source.key").write_text("ab" * 32)
    (folder / "policy.toml").write_text(small_policy)
    make_keys(folder / "maker.key")
    make_keys(folder / "stranger.key")
    config = checked_config(
        seed=3,
        csv=True,
        policy=str(folder / "policy.toml"),
        pipeline={"refit": 0, "canaries": 0},
        about={"title": "<b>|People|", "license": "https://creativecommons.org/publicdomain/zero/1.0/"},
    )
    key = load_key(folder / "source.key")
    done = release(
        pd.read_parquet(folder / "source.parquet"),
        PEOPLE_SCHEMA,
        config,
        key,
        folder / "bundle",
        ledger=Ledger(folder / "ledger", key),
        signer=load_signer(folder / "maker.key"),
    )
    assert done.manifest is not None, done.audit.verdict
    return folder


@pytest.fixture
def bundle(house: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, alone in a clean folder."""
    return Path(shutil.copytree(house / "bundle", tmp_path / "received"))


def statement_of(bundle: Path) -> Any:
    envelope = json.loads((bundle / "statement.dsse.json").read_text())
    return json.loads(base64.b64decode(envelope["payload"]))


def test_the_bundle_is_verified_with_nothing_but_the_public_key(tabsynth, house, bundle):
    assert sorted(path.name for path in bundle.iterdir()) == list(BUNDLE_FILES)
    checked = tabsynth("verify", bundle, "--public-key", house / "maker.key.pub")
    assert checked.code == 0, checked.talk
    assert "only a --public-key from elsewhere" in tabsynth("verify", bundle).talk
    foreign = tabsynth("verify", bundle, "--public-key", house / "stranger.key.pub")
    assert foreign.code == 2
    assert "not by the one given" in foreign.talk


def test_the_statement_tells_how_the_table_was_made(bundle):
    told, manifest = statement_of(bundle), json.loads((bundle / "manifest.json").read_text())
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert [subject["name"] for subject in told["subject"]] == list(BUNDLE_FILES[:-1])
    predicate = told["predicate"]
    assert (predicate["generation"], predicate["verdict"]["outcome"]) == (1, "pass")
    assert predicate["history"]["attempt"] == 1
    assert set(predicate["commitments"]) == {"seed", "source", "split"}
    leaks = {leak["leak"]: leak for leak in predicate["minimumDetectableLeaks"]}
    assert leaks["verbatim"]["dose_95"] is not None and leaks["verbatim"]["tolerance"] is not None
    assert manifest["config"]["split"]["control"] == 0.2 and "seed" not in manifest["config"]
    (root,) = [table for table in manifest["lineage"]["tables"].values() if table["release_id"]]
    assert root["sha256"] == manifest["files"]["data.parquet"]["sha256"]


@pytest.mark.parametrize("name", BUNDLE_FILES)
def test_each_file_altered_removed_or_added_is_named(tabsynth, house, bundle, name):
    path = bundle / name
    content = path.read_bytes()
    for at in (0, len(content) // 3, len(content) // 2, len(content) - 2):
        changed = bytearray(content)
        changed[at] ^= 1
        path.write_bytes(bytes(changed))
        for key in ((), ("--public-key", house / "maker.key.pub")):
            checked = tabsynth("verify", bundle, *key)
            assert (checked.code, name in checked.talk) == (2, True), f"byte {at}: {checked.talk}"
    path.write_bytes(content + b"\n")
    assert name in tabsynth("verify", bundle).talk
    path.unlink()
    assert tabsynth("verify", bundle).code == 2
    path.write_bytes(content)
    (bundle / f"{name}.bak").write_bytes(content)
    assert f"{name}.bak does not belong" in tabsynth("verify", bundle).talk


def test_no_byte_of_the_statement_changes_unnoticed(tabsynth, bundle):
    """Against the key that the manifest names, where there is none from elsewhere: every 97th byte and the end."""
    path = bundle / "statement.dsse.json"
    content = path.read_bytes()
    for at in {*range(0, len(content), 97), *range(len(content) - 230, len(content))}:
        changed = bytearray(content)
        changed[at] ^= 4
        path.write_bytes(bytes(changed))
        assert tabsynth("verify", bundle).code == 2, f"byte {at}"


def test_whoever_rewrites_the_bundle_without_the_key_is_found_out(tabsynth, house, bundle):
    from privacy import load_audit
    from tabsynth.lineage.statement import enveloped
    from tabsynth.manifest import Manifest

    manifest = Manifest.model_validate_json((bundle / "manifest.json").read_bytes())
    unsigned = manifest.model_copy(update={"signing": None, "created": "2020-01-01T00:00:00+00:00"}).sealed()
    (bundle / "manifest.json").write_bytes(unsigned.to_bytes())
    statement = enveloped(unsigned, load_audit(bundle / "audit.json"), None)
    (bundle / "statement.dsse.json").write_bytes(statement)
    alone = tabsynth("verify", bundle)
    assert alone.code == 0 and "not signed: whoever can write" in alone.talk
    refused = tabsynth("verify", bundle, "--public-key", house / "maker.key.pub")
    assert refused.code == 2 and "is not signed" in refused.talk


def test_keys_that_cannot_be_used_are_one_line_before_any_work(tabsynth, house, bundle, tmp_path):
    make_keys(tmp_path / "old.key")
    for name in ("old.key", "old.key.pub"):
        (tmp_path / name).write_text("expires: 2021-01-31\n" + (tmp_path / name).read_text())
    source = (house / "source.parquet", "--schema", house / "schema.toml", "--key", house / "source.key")
    for done in (
        tabsynth("verify", bundle, "--public-key", tmp_path / "old.key.pub"),
        tabsynth("release", *source, "--sign", tmp_path / "old.key", "--out", tmp_path / "out"),
        tabsynth("release", *source, "--sign", house / "maker.key.pub", "--out", tmp_path / "out"),
        tabsynth("verify", bundle, "--public-key", house / "maker.key"),
        tabsynth("keygen", "--out", house / "maker.key"),
        tabsynth("keygen", "--out", tmp_path / "new.key", "--expires", "soon"),
    ):
        assert done.code == 2, done.talk
        assert done.talk.startswith("error: ") and done.talk.count("\n") == 1
    assert not (tmp_path / "out").exists() and not (tmp_path / "new.key").exists()


def test_croissant_is_valid_and_reads_the_rows(bundle):
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(jsonld=bundle / "croissant.json")
    assert not dataset.metadata.issues.errors
    told = json.loads((bundle / "croissant.json").read_text())
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    first = next(iter(dataset.records(record_set="rows")))
    frame = pd.read_parquet(bundle / "data.parquet")
    assert len(first) == frame.shape[1]
    assert first[f"rows/{MARK}"].decode() == frame[MARK][0]


def test_the_card_says_what_it_is_and_nothing_that_its_reader_would_run(bundle):
    card = (bundle / "card.md").read_text()
    assert card.startswith("# &lt;b\\>\\|People\\|\n")
    assert "<b>" not in card
    assert "## May it be shared? Pass" in card
    assert "| diagnosis | categorical | sensitive | learnt |" in card
    assert "Nothing here is differentially private." in card
    assert "D01" not in card and "A05" not in card, "no value of the table"


def test_every_row_says_what_it_is_in_both_formats(bundle):
    release_id = json.loads((bundle / "manifest.json").read_text())["release_id"]
    word = f"synthetic/1/copula/{release_id}"
    for frame in (pd.read_parquet(bundle / "data.parquet"), pd.read_csv(bundle / "data.csv")):
        assert set(frame[MARK]) == {word}
    metadata = pq.read_schema(bundle / "data.parquet").metadata
    assert metadata[b"tabsynth.synthetic"] == b"true"
    assert metadata[b"tabsynth.generation"] == b"1"


@pytest.mark.parametrize("name", ["data.parquet", "data.csv"])
def test_nobody_learns_from_synthetic_rows_unknowingly(tabsynth, house, bundle, tmp_path, name):
    table, model, again = bundle / name, tmp_path / "model", tmp_path / f"again-{name}"
    schema = ("--schema", house / "schema.toml")
    fitted = tabsynth("fit", table, *schema, "--seed", 1, "--out", model)
    assert fitted.code == 0, fitted.talk
    assert f"warning: {name} is synthetic, of generation 1" in fitted.talk
    assert Model.load(model).generation == 2
    assert tabsynth("sample", model, "--rows", 50, "--seed", 1, "--out", again).code == 0
    assert set(pd.read_csv(again)[MARK] if name.endswith("csv") else pd.read_parquet(again)[MARK]) == {
        "synthetic/2/copula/-"
    }
    drawn = tabsynth("lineage", again)
    assert drawn.data.startswith("synthetic, generation 2, copula, 50 rows")
    for verb in (
        ("describe", table),
        ("split", table, *schema, "--key", house / "source.key", "--out", tmp_path / "s"),
    ):
        assert "is synthetic, of generation 1" in tabsynth(*verb).talk
    split = pd.read_parquet(tmp_path / "s" / "train.parquet")
    assert split[MARK].str.startswith("synthetic/1/").all(), "a part of the table says it, too"
    assert "is synthetic" in tabsynth("describe", tmp_path / "s" / "control.parquet").talk


def test_a_csv_keeps_its_ancestors_in_the_statement_beside_it(tabsynth, house, bundle, tmp_path):
    model, rows = tmp_path / "model", tmp_path / "rows.csv"
    fit = ("fit", bundle / "data.parquet", "--schema", house / "schema.toml", "--seed", 1, "--out", model)
    assert tabsynth(*fit).code == 0
    assert tabsynth("sample", model, "--rows", 50, "--seed", 1, "--out", rows).code == 0
    assert len(tabsynth("lineage", rows).data.splitlines()) == 3, "rows, release, real table"
    rows.write_text(rows.read_text().replace("female", "male"))
    refused = tabsynth("describe", rows)
    assert refused.code == 2 and "its SHA-256 is not the one in rows.csv.origin.json" in refused.talk


def test_frames_in_memory_are_no_way_round(bundle):
    frame = pd.read_parquet(bundle / "data.parquet")
    model = Synthesizer("copula", random_state=1).fit(frame).model
    assert model is not None and model.generation == 2
    assert MARK not in model.schema.names


def released_again(tabsynth, house, table, out):
    (house / "run.toml").write_text("[pipeline]\nrefit = 0\ncanaries = 0\n")
    return tabsynth(
        *("release", table, "--schema", house / "schema.toml", "--key", house / "source.key"),
        *("--ledger", house / "ledger", "--config", house / "run.toml", "--policy", house / "policy.toml"),
        *("--seed", 4, "--out", out),
    )


def test_synthetic_rows_passed_off_as_real_are_known_again(tabsynth, house, bundle, tmp_path):
    stripped = pd.read_parquet(bundle / "data.parquet").drop(columns=MARK).sample(frac=0.6, random_state=1)
    stripped["person"] = [f"Q{number}" for number in range(len(stripped))]
    stripped.to_parquet(tmp_path / "real.parquet")
    done = released_again(tabsynth, house, tmp_path / "real.parquet", tmp_path / "out")
    assert done.code == 2
    assert "released before, without the mark that says so" in done.talk
    assert not (tmp_path / "out").exists()


def test_a_release_of_a_release_is_of_the_next_generation(tabsynth, house, bundle, tmp_path):
    done = released_again(tabsynth, house, bundle / "data.parquet", tmp_path / "out")
    assert "what is learnt from it is of generation 2" in done.talk
    assert done.code == 0, done.talk
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["generation"] == 2
    assert statement_of(tmp_path / "out")["predicate"]["generation"] == 2
    assert "Errors add up" in (tmp_path / "out" / "card.md").read_text()
    drawn = tabsynth("lineage", tmp_path / "out").data.splitlines()
    assert [line.split(",")[0].split()[-1] for line in drawn] == ["synthetic", "synthetic", "real"]
    audit = json.loads((tmp_path / "out" / "audit.json").read_text())
    first = json.loads((bundle / "audit.json").read_text())
    found, earlier = (
        {f"{m['group']}/{m['name']}": m["value"] for m in a["fidelity"]} for a in (audit, first)
    )
    for name in ("entropy ratio", "joint cells reached"):
        kept = found[f"diversity/{name}"] * earlier[f"diversity/{name}"]
        assert found[f"generations/{name}"] == pytest.approx(kept)
        assert (
            audit["policy"]["at_least"][f"generations/{name}"]
            == audit["policy"]["at_least"][f"diversity/{name}"]
        )
    said = {skip["name"]: skip["reason"] for skip in audit["skipped"]}
    assert "the source is synthetic itself, of generation 1" in said["distance from people"]
    assert not {name for name in earlier if name.startswith("generations/")}
    assert tabsynth("verify", tmp_path / "out").code == 0


def test_an_audit_knows_a_blend_by_its_marks(tabsynth, house, bundle, tmp_path):
    """Ten real rows among the synthetic ones: no verdict can be a pass, whatever the attacks find."""
    people = pd.read_parquet(house / "source.parquet")
    rows = pd.read_parquet(bundle / "data.parquet")
    pd.concat([rows.iloc[:900], people.iloc[:10].assign(**{MARK: "real"})]).to_parquet(tmp_path / "s.parquet")
    people.iloc[1000:2000].to_parquet(tmp_path / "t.parquet")
    rows.iloc[1000:2000].to_parquet(tmp_path / "c.parquet")
    done = tabsynth(
        *("audit", "--train", tmp_path / "t.parquet", "--control", tmp_path / "c.parquet"),
        *("--synthetic", tmp_path / "s.parquet", "--schema", house / "schema.toml", "--seed", 1),
        *("--out", tmp_path / "audit"),
    )
    assert "the synthetic table says itself that it holds real rows" in done.talk
    assert "rows of control say themselves that they are synthetic" in done.talk
    assert done.code in (1, 3)
    skipped = {
        skip["name"]: skip for skip in json.loads((tmp_path / "audit" / "audit.json").read_text())["skipped"]
    }
    assert skipped["origin of synthetic"]["gating"]


@pytest.mark.slow
def test_of_a_blend_the_audit_asks_about_the_people_and_all_earlier_releases(
    tabsynth, house, bundle, tmp_path
):
    """However little of an earlier release is mixed in, it is audited together with the new one."""
    blend = tmp_path / "blend.parquet"
    mixed = tabsynth(
        *("blend", "--part", f"real={house}/source.parquet:90%", "--part", f"release={bundle}:10%"),
        *("--public-key", house / "maker.key.pub", "--rows", 6000, "--seed", 1, "--out", blend),
    )
    assert mixed.code == 0, mixed.talk
    done = released_again(tabsynth, house, blend, tmp_path / "out")
    assert done.code in (0, 3), done.talk
    audit = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert audit["earlier_releases"] >= 1
    sides = audit["train"]["rows"] / 0.6, audit["control"]["rows"] / 0.2
    assert all(abs(rows - 5400) < 300 for rows in sides), "of 6,000 rows 5,400 are people"
