"""Attempts and earlier releases: what is known of them is said, and what is not known, too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from privacy.report import render_html, render_markdown
from privacy.result import Audit

UNKNOWN = "No ledger was kept: how often this source was audited before is not known."


def section(html: str) -> str:
    return html[html.index('id="attempts"') :].split("</section>")[0]


@pytest.fixture
def counted(audits: dict[str, Audit]) -> Audit:
    """A third attempt, with two releases before."""
    audit = audits["pass"]
    policy = {**audit.policy, "alpha_spent": 0.0016}
    return audit.model_copy(update={"attempt": 3, "earlier_releases": 2, "policy": policy})


def test_without_a_ledger_the_past_is_not_known(
    audits: dict[str, Audit], as_read: Callable[[str], str]
) -> None:
    assert UNKNOWN in as_read(section(render_html(audits["pass"]))) and UNKNOWN in render_markdown(
        audits["pass"]
    )
    assert "alpha" not in as_read(section(render_html(audits["pass"])))


def test_attempt_alpha_and_earlier_releases_are_said(counted: Audit, as_read: Callable[[str], str]) -> None:
    html, markdown = as_read(section(render_html(counted))), render_markdown(counted).replace("\u00a0", " ")
    assert UNKNOWN not in html and UNKNOWN not in markdown
    assert "attempt on this source 3" in html and "- attempt on this source: 3" in markdown
    assert "alpha spent 0.16 % of the policy's 5 %" in html
    assert "- alpha spent: 0.16 % of the policy's 5 %" in markdown
    assert "earlier releases audited together with this table 2" in html
    assert "- earlier releases audited together with this table: 2" in markdown
    assert "union of N releases" in html and "union of N releases" in markdown


def test_a_first_attempt_has_no_earlier_release_to_speak_of(
    counted: Audit, as_read: Callable[[str], str]
) -> None:
    html = as_read(section(render_html(counted.model_copy(update={"attempt": 1, "earlier_releases": 0}))))
    assert "earlier releases audited together with this table 0" in html and "union of" not in html


def test_earlier_releases_count_even_without_a_ledger(counted: Audit, as_read: Callable[[str], str]) -> None:
    html = as_read(section(render_html(counted.model_copy(update={"attempt": None}))))
    assert UNKNOWN in html and "earlier releases audited together with this table 2" in html
    assert "attempt on this source" not in html
