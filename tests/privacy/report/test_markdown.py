"""The Markdown report: the same facts, foreign text escaped."""

from __future__ import annotations

import pytest

from privacy.report import render_markdown
from privacy.report.markup import escaped
from privacy.result import Audit


@pytest.mark.parametrize("outcome", ["pass", "fail", "inconclusive", "empty"])
def test_it_holds_the_same_facts_as_the_page(audits: dict[str, Audit], outcome: str) -> None:
    audit = audits[outcome]
    text = render_markdown(audit)
    assert text.startswith(
        f"# {'✓' if outcome == 'pass' else '✕' if outcome == 'fail' else '?'} Privacy audit: "
    )
    assert audit.verdict.outcome.value in text.splitlines()[0]
    assert "does not prove that nobody can be re-identified" in text
    for section in (
        "How small a leak",
        "Findings",
        "Fidelity",
        "Conditions",
        "policy",
        "cannot see",
        "Provenance",
    ):
        assert section in text


def test_every_table_row_has_as_many_cells_as_its_head(audits: dict[str, Audit]) -> None:
    lines = render_markdown(audits["fail"]).splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert len(tables) > 25
    width = 0
    for line, before in zip(lines, ["", *lines], strict=False):
        if line.startswith("|"):
            cells = line.replace("\\|", "").count("|")
            width = width if before.startswith("|") else cells
            assert cells == width


def test_hostile_names_are_text(audits: dict[str, Audit]) -> None:
    text = render_markdown(audits["pass"])
    assert "<script" not in text and "<img" not in text and "\x1b" not in text and "\u202e" not in text
    assert "&lt;script\\>alert(1)&lt;/script\\>" in text
    assert "a\\|b \\*c\\* \\`d\\` \\[e\\](javascript:f)" in text
    assert "two\\\\nlines" in text


@pytest.mark.parametrize(
    ("foreign", "written"),
    [
        ("plain words, 5 %", "plain words, 5 %"),
        ("=1+2", "\\=1+2"),
        ("-5 to 5", "\\-5 to 5"),
        ("see https://x.example", "see https\\://x.example"),
        ("a_b", "a\\_b"),
        ("R&D", "R&amp;D"),
        ("line\nbreak", "line\\\\nbreak"),
    ],
)
def test_escaping_case_by_case(foreign: str, written: str) -> None:
    assert escaped(foreign) == written


def test_a_saved_audit_renders_to_the_identical_text(audits: dict[str, Audit]) -> None:
    for audit in audits.values():
        assert render_markdown(Audit.model_validate_json(audit.model_dump_json())) == render_markdown(audit)
