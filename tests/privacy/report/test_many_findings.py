"""A report with sixty findings: what decides stands open, the rest is folded by attack, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from privacy.report import render_html, render_markdown, view
from privacy.report.text import NO_BREAK, further_is_share
from privacy.result import Audit, Estimate, Finding, Interval, Status


@pytest.fixture
def crowded(audits: dict[str, Audit]) -> Audit:
    """The passing audit with 60 more inferences that decide nothing, in every status but a leak."""
    audit = audits["pass"]
    inference = next(finding for finding in audit.findings if finding.attack == "inference")
    statuses = (Status.BOUNDED, None, Status.UNRESOLVED)
    more = (
        inference.model_copy(update={"name": f"secret {n}", "status": statuses[n % 3]}) for n in range(60)
    )
    return audit.model_copy(update={"findings": (*more, *audit.findings)})


def folds(html: str) -> list[str]:
    """Each attack's folded part, without what lies inside of it twice."""
    return re.findall(r'<details class="attack">.*?</details>\s*</details>', html, re.S)


def test_what_decides_stands_open_and_first(crowded: Audit) -> None:
    html = render_html(crowded)
    assert "<details open" not in html and html.index("The verdict rests on") < html.index("Also measured")
    for finding in crowded.findings:
        place = html.index(f'id="{view.anchor(finding, crowded)}"')
        assert (place > html.index("Also measured")) != finding.gating


def test_the_rest_is_folded_by_attack_with_a_tally(crowded: Audit, as_read: Callable[[str], str]) -> None:
    html = render_html(crowded)
    parts = folds(html)
    assert len(parts) == 3 and len(re.findall('<details class="entry"', html)) == 63
    text = as_read(parts[0])
    assert "Inference" in text and "? 20 unresolved" in text and "✓ 21 bounded" in text
    assert "· 20 reported" in text
    assert parts[0].index("Unresolved</span>") < parts[0].index("Bounded</span>")


def test_every_finding_is_told_once(crowded: Audit) -> None:
    html, markdown = render_html(crowded), render_markdown(crowded)
    for n in range(60):
        assert html.count(f">secret {n}<") == 1
        assert markdown.count(f"| secret {n} |") == 1 and markdown.count(f"- **secret {n}.**") == 1


def test_a_leak_decides_whoever_found_it(audits: dict[str, Audit]) -> None:
    def leaking(finding: Finding) -> Finding:
        return (
            finding.model_copy(update={"status": Status.LEAK}) if finding.attack == "membership" else finding
        )

    audit = audits["pass"].model_copy(
        update={"findings": tuple(leaking(finding) for finding in audits["pass"].findings)}
    )
    first, *_ = view.deciding(audit)
    assert first.attack == "membership" and not first.gating
    assert "membership" not in {finding.attack for finding in view.others(audit)}


def test_further_numbers_stand_under_their_finding(audits: dict[str, Audit]) -> None:
    html = render_html(audits["pass"])
    table = html[html.index('<table class="further">') :].split("</table>")[0]
    rows = re.findall(
        r"<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td>", table
    )
    cells = [[cell.replace(NO_BREAK, " ") for cell in row] for row in rows]
    assert cells == [
        ["AUC", "0.512", "0.497 to 0.527", "3,000"],
        ["TPR at 0.1 % FPR", "0.13 %", "0.033 to 0.23 %", "4 of 3,000"],
        ["smallest class", "12", "counted in full", "–"],
    ]
    assert "AUC: Newcombe; TPR at 0.1 % FPR: Clopper-Pearson." in html


def test_markdown_has_the_same_further_numbers(audits: dict[str, Audit]) -> None:
    text = render_markdown(audits["pass"]).replace(NO_BREAK, " ")
    assert "| AUC | 0.512 | 0.497 to 0.527 | 3,000 |" in text
    assert "| TPR at 0.1 % FPR | 0.13 % | 0.033 to 0.23 % | 4 of 3,000 |" in text
    assert "| smallest class | 12 | counted in full | – |" in text


def number(
    value: float, low: float, high: float, trials: int | None, successes: int | None = None
) -> Estimate:
    interval = Interval(low=low, high=high)
    return Estimate(value=value, interval=interval, trials=trials, successes=successes)


@pytest.mark.parametrize(
    ("name", "estimate", "expected"),
    [
        ("TPR at 1 % FPR", number(0.2, 0.1, 0.3, 100, 20), True),
        ("precision, train minus control", number(-0.02, -0.1, 0.1, 100), True),
        ("AUC of the most exposed person", number(0.6, 0.5, 0.7, 30), False),
        ("epsilon lower bound", number(0.1, 0.1, 0.9, 30), False),
        ("odds of a match", number(0.9, 0.5, 1.0, 30), False),
        ("nearest records", number(3.0, 2.0, 4.0, 30), False),
        ("k-map", number(1.0, 1.0, 1.0, None), False),
    ],
)
def test_which_further_numbers_are_shares(name: str, estimate: Estimate, expected: bool) -> None:
    assert further_is_share(name, estimate) is expected
