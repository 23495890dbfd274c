"""The main job from outside: a regulated table in, an audited release out, checked by its recipient."""

import json
import shutil

import pandas as pd
import pytest

from privacy.schema_file import save_schema


@pytest.fixture
def source(tmp_path, people, people_schema, small_policy):
    people(6000, 5).to_parquet(tmp_path / "source.parquet")
    save_schema(people_schema, tmp_path / "schema.toml")
    (tmp_path / "source.key").write_text("ab" * 32)
    (tmp_path / "policy.toml").write_text(small_policy)
    (tmp_path / "run.toml").write_text("[pipeline]\nrefit = 0\ncanaries = 0\n")
    return tmp_path


def released(tabsynth, folder, out, *more):
    return tabsynth(
        "release",
        folder / "source.parquet",
        *("--schema", folder / "schema.toml", "--key", folder / "source.key"),
        *(
            "--config",
            folder / "run.toml",
            "--policy",
            folder / "policy.toml",
            "--seed",
            3,
            "--out",
            folder / out,
            "--json",
            *more,
        ),
    )


def test_a_table_goes_in_and_a_verified_bundle_comes_out(tabsynth, source):
    done = released(tabsynth, source, "bundle", "--csv")
    assert done.code == 0, done.talk
    assert json.loads(done.data)["outcome"] == "pass"
    bundle = source / "bundle"
    assert sorted(path.name for path in bundle.iterdir()) == [
        "audit.json",
        "card.md",
        "croissant.json",
        "data.csv",
        "data.parquet",
        "manifest.json",
        "report.html",
        "report.md",
        "schema.toml",
        "statement.dsse.json",
    ]
    real, synthetic = pd.read_parquet(source / "source.parquet"), pd.read_parquet(bundle / "data.parquet")
    assert list(synthetic.columns) == [*real.columns, "_origin"]
    assert not set(synthetic["person"]) & set(real["person"]), "identifiers are made from nothing"
    assert tabsynth("verify", bundle).code == 0

    again = released(tabsynth, source, "again", "--csv")
    assert again.code == 0, again.talk
    for name in ("data.parquet", "data.csv", "schema.toml"):
        assert (source / "again" / name).read_bytes() == (bundle / name).read_bytes(), "same seed, same bytes"
    history = json.loads((source / "again" / "manifest.json").read_text())["history"]
    assert (history["attempt"], history["earlier_releases"]) == (1, 0), "making it again is no new attempt"

    for path in sorted(bundle.iterdir()):
        broken = source / "broken"
        shutil.copytree(bundle, broken)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        (broken / path.name).write_bytes(bytes(content))
        checked = tabsynth("verify", broken)
        assert checked.code == 2
        assert path.name in checked.talk, f"the changed file must be named: {checked.talk}"
        shutil.rmtree(broken)
    (bundle / "notes.txt").write_text("x")
    assert "notes.txt does not belong" in tabsynth("verify", bundle).talk
    (bundle / "notes.txt").unlink()

    manifest = (bundle / "manifest.json").rename(source / "elsewhere.json")
    (bundle / "manifest.json").symlink_to(manifest)
    assert tabsynth("verify", bundle).code == 2, "a link is no part of the bundle"
    manifest.replace(bundle / "manifest.json")
    with (bundle / "data.parquet").open("r+b") as file:
        file.truncate(2**38)
    assert "data.parquet was altered" in tabsynth("verify", bundle).talk, "a huge file is named, not read"


def test_the_ledger_counts_and_the_bundle_tells(tabsynth, source):
    assert released(tabsynth, source, "first").code == 0
    other = released(tabsynth, source, "second", "--seed", 4)
    assert "attempt 2 on this source; released before: 1" in other.talk
    audit = json.loads((source / "second" / "audit.json").read_text())
    assert (audit["attempt"], audit["earlier_releases"]) == (2, 1)
    assert any(finding["name"].startswith("union of 2 releases") for finding in audit["findings"])

    key = ("--key", source / "source.key")
    printed = tabsynth("ledger", *key, "--bundle", source / "first", "--json")
    assert printed.code == 0, printed.talk
    kinds = [entry["content"]["kind"] for entry in json.loads(printed.data)["entries"]]
    assert kinds[:5] == ["attempt opened", "verdict", "release", "attempt opened", "verdict"]
    assert "verified" in tabsynth("ledger", *key).talk
    text = (source / "source.key.ledger" / "entries.jsonl").read_text()
    assert not any(name in text for name in ("diagnosis", "P00", str(source)))

    entries = source / "source.key.ledger" / "entries.jsonl"
    entries.write_text(text.replace('"outcome":"pass"', '"outcome":"fail"', 1))
    for refused in (tabsynth("ledger", *key), released(tabsynth, source, "third")):
        assert refused.code == 2
        assert "entry 2 of" in refused.talk
        assert "put the ledger back from a backup" in refused.talk
    assert tabsynth("ledger", "--ledger", source / "nowhere", *key).code == 2


def test_chosen_candidates_are_told_of_in_manifest_and_audit(tabsynth, source):
    done = released(
        tabsynth, source, "bundle", "--generator", "tree", "--candidates", 3, "--targets", "noised"
    )
    assert done.code == 0, done.talk
    manifest, audit = (
        json.loads((source / "bundle" / name).read_text()) for name in ("manifest.json", "audit.json")
    )
    assert manifest["generator"] == "tree"
    assert (manifest["settings"]["candidates"], manifest["settings"]["targets"]) == (3, "noised")
    assert {"development persons", "margins of train"} <= {skip["name"] for skip in audit["skipped"]}
    assert tabsynth("verify", source / "bundle").code == 0


def test_no_data_leave_when_the_audit_cannot_tell(tabsynth, source, people):
    """300 persons are too few to see even a leak of 10 %: the audit is written, the data are not."""
    people(300, 5).to_parquet(source / "source.parquet")
    done = released(tabsynth, source, "small")
    assert done.code == 3, done.talk
    assert "INCONCLUSIVE" in done.talk
    assert "no data were written" in done.talk
    assert sorted(path.name for path in (source / "small").iterdir()) == [
        "audit.json",
        "report.html",
        "report.md",
    ]
    assert tabsynth("verify", source / "small").code == 2


def test_nothing_in_the_bundle_tells_the_seed_or_the_key(tabsynth, source):
    done = released(tabsynth, source, "bundle", "--seed", 918273645)
    assert done.code == 0, done.talk
    for path in (source / "bundle").iterdir():
        content = path.read_bytes()
        assert b"918273645" not in content
        assert b"ab" * 32 not in content
        assert str(source).encode() not in content, "no path of the machine either"


def test_ctrl_c_leaves_nothing_but_the_attempt(tabsynth, source, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tabsynth.release.audit", interrupted)
    before = set(source.iterdir())
    done = released(tabsynth, source, "bundle")
    assert done.code == 2
    assert done.talk.strip().endswith("interrupted: no result was written")
    assert set(source.iterdir()) - before == {source / "source.key.ledger"}, "but the attempt is counted"
