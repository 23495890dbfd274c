"""The manifest: canonical bytes, bound to themselves by a digest."""

import hashlib

import pytest
from pydantic import ValidationError

from tabsynth.lineage.ancestry import Ancestor, Lineage, real
from tabsynth.manifest import Commitments, Manifest, file_facts


def manifest(**changes):
    told = {
        "release_id": "r",
        "created": "2026-01-01T00:00:00+00:00",
        "generation": 1,
        "lineage": Lineage.made(
            Ancestor(kind="synthetic", generation=1, generator="copula"), [(real(), None)]
        ),
        "rows": 2,
        "columns": ("a", "b"),
        "generator": "copula",
        "settings": {"rounds": 1},
        "facts": {},
        "versions": {"numpy": "1"},
        "policy_sha256": "p",
        "commitments": Commitments(source="s", split="t", seed="u"),
        "files": {"data.parquet": file_facts(b"data")},
    }
    return Manifest(**{**told, **changes})


def test_facts_are_the_hash_and_the_size():
    facts = file_facts(b"data")
    assert (facts.sha256, facts.bytes) == (hashlib.sha256(b"data").hexdigest(), 4)


def test_a_sealed_manifest_carries_its_own_digest_and_survives_the_file():
    sealed = manifest().sealed()
    assert sealed.manifest_sha256 == sealed.digest() == manifest().digest()
    again = Manifest.model_validate_json(sealed.to_bytes())
    assert again == sealed
    assert again.to_bytes() == sealed.to_bytes()


@pytest.mark.parametrize(
    "change", [{"rows": 3}, {"columns": ("b", "a")}, {"generator": "ctgan"}, {"facts": {"x": 1}}]
)
def test_whatever_is_changed_changes_the_digest(change):
    assert manifest(**change).digest() != manifest().digest()


def test_a_manifest_with_more_or_other_words_is_refused():
    for wrong in ({"note": "x"}, {"synthetic": False}, {"format": "tabsynth-bundle/1"}):
        with pytest.raises(ValidationError):
            manifest(**wrong)
