"""THIRD_PARTY.md names every dependency, and nothing under a restrictive licence is installed unasked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
OURSELVES = canonicalize_name(PROJECT["name"])


def names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements} - {OURSELVES}


def listed(heading: str) -> dict[str, str]:
    """Package -> its whole row, of the table under the heading that starts with `heading`."""
    text = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.MULTILINE)
    found = [part for part in section if part.startswith(heading)]
    assert len(found) == 1
    rows = re.findall(r"^\| ([\w.-]+) \|(.*)$", found[0], flags=re.MULTILINE)
    return {canonicalize_name(name): row for name, row in rows if name != "package"}


def with_all_they_need(packages: set[str]) -> set[str]:
    """The installed packages among `packages`, and everything they need on this machine."""
    known: set[str] = set()
    waiting = set(packages)
    while waiting:
        name = waiting.pop()
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        known.add(name)
        markers = ((line, Requirement(line).marker) for line in needed)
        waiting |= (
            names(line for line, marker in markers if not marker or marker.evaluate({"extra": ""})) - known
        )
    return known


def is_busl(package: str) -> bool:
    about = metadata(package)
    fields = [
        *about.get_all("License-Expression", []),
        *about.get_all("License", []),
        *about.get_all("Classifier", []),
    ]
    return any("BUSL" in field or "Business Source" in field for field in fields)


def test_every_dependency_is_listed_and_nothing_else() -> None:
    assert set(listed("Core")) == names(PROJECT["dependencies"])
    assert set(listed("Development")) == names(EXTRAS["dev"]) | {"hatchling"}
    assert set(listed("Extras")) >= set.union(
        *(names(wanted) for extra, wanted in EXTRAS.items() if extra != "dev")
    )


def test_nothing_that_is_installed_unasked_is_under_the_business_source_license() -> None:
    core = with_all_they_need(names(PROJECT["dependencies"]))
    assert core >= names(PROJECT["dependencies"])
    assert not [package for package in core if is_busl(package)]


def test_every_business_source_package_of_an_extra_is_named_as_such() -> None:
    found = {package for package in with_all_they_need(names(EXTRAS["sdv"])) if is_busl(package)}
    if not found:
        pytest.skip("the extra sdv is not installed")
    rows = listed("Extras")
    assert found == {package for package, row in rows.items() if "BUSL-1.1" in row}


def test_the_project_is_under_apache() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text and "END OF TERMS AND CONDITIONS" in text
