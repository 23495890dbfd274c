"""Verify: every fault of a bundle is named, on bundles made by hand; `test_release` damages real ones."""

import pandas as pd
import pytest

from privacy.errors import BundleError
from privacy.record import audit_files
from privacy.result import Audit, Outcome, TableFacts, Verdict
from privacy.schema import Column, Kind, Schema
from privacy.schema_file import schema_text
from tabsynth.lineage.ancestry import Ancestor, Lineage, real
from tabsynth.lineage.statement import enveloped, signing_of
from tabsynth.manifest import Commitments, History, Manifest, Signing, file_facts
from tabsynth.source import with_mark, write_table
from tabsynth.verify import verify

LINEAGE = Lineage.made(
    Ancestor(kind="synthetic", generation=1, rows=2, generator="copula", release_id="0123456789abcdef"),
    [(real(9), None)],
)
SCHEMA = Schema(columns=(Column(name="a", kind=Kind.NUMERIC), Column(name="b", kind=Kind.NUMERIC)))


@pytest.fixture
def bundle(tmp_path):
    """`bundle(rows=…, outcome=…, …)`: a bundle whose hashes are right, whatever its files say."""

    def make(
        *,
        rows=2,
        columns=("a", "b"),
        outcome=Outcome.PASS,
        policy="p",
        about=None,
        left_out=(),
        history=None,
        attempt=None,
        generation=1,
        word=LINEAGE.mark,
        marked=LINEAGE,
        signer=None,
        signing="as signed",
        tagged=True,
    ):
        folder = tmp_path / "bundle"
        folder.mkdir()
        table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
        write_table(with_mark(table, word) if tagged else table, folder / "data.parquet", marked)
        data = file_facts((folder / "data.parquet").read_bytes())
        audit = Audit(
            created="2026-01-01T00:00:00+00:00",
            versions={},
            policy={"name": "controlled", "sha256": "p", "alpha_spent": 0.04},
            attempt=attempt,
            earlier_releases=1 if attempt else 0,
            columns=(),
            train=TableFacts(rows=9, units=9),
            control=TableFacts(rows=9, units=9),
            synthetic=TableFacts(rows=2, units=2, sha256=about or data.sha256),
            checks=(),
            findings=(),
            verdict=Verdict(outcome=outcome, sentence="So it is."),
        )
        written = {
            **audit_files(audit),
            "schema.toml": schema_text(SCHEMA).encode(),
            "card.md": b"A card.",
            "croissant.json": b"{}",
        }
        for name, content in written.items():
            (folder / name).write_bytes(content)
        manifest = Manifest(
            release_id=LINEAGE.root.release_id,
            created=audit.created,
            generation=generation,
            lineage=LINEAGE.about(sha256=data.sha256),
            signing=signing_of(signer) if signing == "as signed" else signing,
            rows=rows,
            columns=columns,
            generator="copula",
            settings={},
            facts={},
            versions={},
            policy_sha256=policy,
            commitments=Commitments(source="s", split="t", seed="u"),
            history=history,
            files={
                path.name: file_facts(path.read_bytes())
                for path in folder.iterdir()
                if path.name not in left_out
            },
        )
        manifest = manifest.sealed()
        (folder / "manifest.json").write_bytes(manifest.to_bytes())
        (folder / "statement.dsse.json").write_bytes(enveloped(manifest, audit, signer))
        return folder

    return make


def told(**changes):
    facts = {
        "attempt": 1,
        "alpha_spent": 0.04,
        "earlier_outcomes": {},
        "policies": 1,
        "earlier_releases": 1,
        "attempts_in_ledger": 1,
        "ledger_head": "h",
    }
    return History(**{**facts, **changes})


def test_a_whole_bundle_has_no_problem(bundle):
    assert verify(bundle()) == []


def test_nor_has_one_whose_metadata_alone_say_that_it_is_synthetic(bundle):
    assert verify(bundle(tagged=False)) == []


def test_a_bundle_of_an_older_format_is_named_as_such(bundle):
    folder = bundle()
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"tabsynth-bundle/2", b"tabsynth-bundle/1"))
    (problem,) = verify(folder)
    assert "verify it with the version that wrote it" in problem


def test_nor_has_one_with_a_history(bundle):
    assert verify(bundle(attempt=1, history=told())) == []


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"rows": 3}, "count different rows"),
        ({"columns": ("a", "c")}, "name different columns"),
        ({"columns": ("b", "a")}, "name different columns"),
        ({"outcome": Outcome.FAIL}, "the audit's verdict is fail, not pass"),
        ({"outcome": Outcome.INCONCLUSIVE}, "the audit's verdict is inconclusive, not pass"),
        ({"policy": "q"}, "judged by another policy"),
        ({"about": "0" * 64}, "audit.json is about another table"),
        ({"attempt": 2}, "count different attempts"),
        ({"attempt": 2, "history": told()}, "count different attempts"),
        (
            {"attempt": 3, "history": told(attempt=3, earlier_outcomes={"fail": 1})},
            "does not say what came of every earlier attempt",
        ),
        ({"history": told()}, "count different attempts"),
        ({"attempt": 1, "history": told(earlier_releases=0)}, "count different earlier releases"),
        ({"attempt": 1, "history": told(alpha_spent=0.05)}, "spend different alphas"),
        ({"generation": 2}, "tells two generations"),
        ({"word": "real"}, "does not say of all its rows that they are synthetic"),
        ({"word": "synthetic/1/tree/-"}, "bear another mark"),
        ({"marked": LINEAGE.about(generator="tree")}, "tell different origins"),
        ({"marked": None}, "tell different origins"),
        ({"signing": Signing(key_id="k", public_key="p")}, "not signed by the key that manifest.json names"),
    ],
)
def test_files_that_do_not_belong_together_are_named(bundle, fault, problem):
    (found,) = verify(bundle(**fault))
    assert problem in found


def test_an_unlisted_file_is_named_twice_over(bundle):
    assert verify(bundle(left_out=("audit.json",))) == [
        "audit.json is not listed in the manifest",
        "audit.json does not belong to the bundle",
    ]


def test_missing_altered_and_added_files_are_named(bundle):
    folder = bundle()
    (folder / "report.md").unlink()
    (folder / "schema.toml").write_text("x")
    (folder / "extra.txt").write_text("x")
    problems = verify(folder)
    assert [problem.split()[0] for problem in problems] == ["report.md", "schema.toml", "extra.txt"]


def test_a_link_is_no_file_of_the_bundle(bundle):
    folder = bundle()
    moved = (folder / "report.md").rename(folder.parent / "report.md")
    (folder / "report.md").symlink_to(moved)
    assert verify(folder) == ["report.md is missing"]


def test_an_altered_manifest_is_named_before_anything_is_believed(bundle):
    folder = bundle()
    path = folder / "manifest.json"
    content = path.read_bytes()
    path.write_bytes(content.replace(b'\n "rows": 2', b'\n "rows": 3'))
    assert verify(folder) == ["manifest.json was altered: its content does not match its own digest"]
    path.write_bytes(content + b" ")
    assert verify(folder) == ["manifest.json was altered: its content does not match its own digest"]
    path.write_bytes(b"{}")
    assert verify(folder) == ["manifest.json is damaged or was altered: it does not read as a manifest"]


def test_another_folder_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match="there is no such folder"):
        verify(tmp_path / "nowhere")
    with pytest.raises(BundleError, match=r"it has no manifest\.json; name the folder"):
        verify(tmp_path)
