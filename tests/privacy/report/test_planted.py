"""The planted leaks as a reader sees them: 95 % power is what the limit is held against."""

from __future__ import annotations

import pytest

from privacy.report import planted, render_html, render_markdown
from privacy.result import Audit, Detectable, Finding


def leak(kind: str, dose_80: float | None, dose_95: float | None, limit: float | None = None) -> Detectable:
    return Detectable(
        leak=kind, dose_80=dose_80, dose_95=dose_95, largest_tried=0.05, draws=100, tolerance=limit
    )


def with_leaks(audit: Audit, *leaks: Detectable, name: str = "closest records") -> Audit:
    finding: Finding = audit.findings[0].model_copy(update={"detectable": leaks, "name": name})
    return audit.model_copy(update={"findings": (*audit.findings[1:], finding)})


def with_synthetic_rows(audit: Audit, rows: int) -> Audit:
    return audit.model_copy(update={"synthetic": audit.synthetic.model_copy(update={"rows": rows})})


@pytest.mark.parametrize(
    ("dose_80", "dose_95", "limit", "enough"),
    [
        (0.005, 0.0125, 0.0125, True),
        (0.005, 0.013, 0.0125, False),  # seen in 80 % of draws at the limit: not enough
        (0.005, None, 0.0125, False),
        (0.005, 0.006, None, None),
    ],
)
def test_a_leak_must_be_seen_at_the_limit_in_95_percent_of_draws(
    audits: dict[str, Audit], dose_80: float, dose_95: float | None, limit: float | None, enough: bool | None
) -> None:
    audit = with_leaks(audits["pass"], leak("verbatim", dose_80, dose_95, limit))
    (scope,) = planted.scopes(audit)
    assert scope.leaks[0].enough is enough


def test_kinds_with_a_limit_come_first_and_then_what_is_seen_best(audits: dict[str, Audit]) -> None:
    leaks = (
        leak("free", 0.001, 0.002),
        leak("blind", 0.04, None, 0.01),
        leak("dull", 0.02, 0.03, 0.01),
        leak("sharp", 0.004, 0.005, 0.01),
    )
    (scope,) = planted.scopes(with_leaks(audits["pass"], *leaks))
    assert [each.name for each in scope.leaks] == ["sharp", "dull", "blind", "free"]


def test_a_limit_is_written_as_it_was_set(audits: dict[str, Audit]) -> None:
    (scope,) = planted.scopes(with_leaks(audits["pass"], leak("verbatim", 0.0115, 0.0145, 0.0125)))
    shown = scope.leaks[0]
    assert [text.replace("\u00a0", " ") for text in (shown.at_95, shown.at_80, shown.limit)] == [
        "1.45 %",
        "1.15 %",
        "1.25 %",
    ]


def test_records_are_a_share_of_train_or_of_fewer_synthetic_rows(audits: dict[str, Audit]) -> None:
    audit = with_leaks(audits["pass"], leak("verbatim", 0.005, 0.01, 0.0125))
    few = with_synthetic_rows(audit, 1500)
    assert planted.scopes(audit)[0].leaks[0].records == "60"
    assert planted.scopes(few)[0].leaks[0].records == "15"
    assert planted.base(few).startswith("the 1,500 synthetic rows, fewer than the 6,000 people")
    for text in (render_html(few), render_markdown(few)):
        assert "the 1,500 synthetic rows, fewer than" in text


def test_leaks_in_all_releases_together_stand_apart_from_those_in_this_table(
    audits: dict[str, Audit],
) -> None:
    union = "union of 3 releases"
    ours = with_leaks(audits["pass"], leak("verbatim", 0.005, 0.01, 0.0125))
    theirs = with_leaks(
        ours, leak(f"verbatim, {union}", 0.01, 0.02, 0.0125), name=f"{union}: closest records"
    )
    audit = theirs.model_copy(update={"findings": (*theirs.findings, ours.findings[-1])})
    alone, together = planted.scopes(audit)
    assert (alone.name, together.name) == ("", union)
    assert (alone.leaks[0].name, together.leaks[0].name) == ("verbatim", "verbatim")
    assert (alone.leaks[0].enough, together.leaks[0].enough) == (True, False)
    assert together.leaks[0].records == "120"
    # How many rows earlier releases have, the audit does not say.
    assert planted.scopes(with_synthetic_rows(audit, 1500))[1].leaks[0].records == "–"
    assert "Union of 3 releases: all rows that left or would leave" in render_html(audit)
    assert "### Union of 3 releases" in render_markdown(audit)


def test_beside_a_leak_the_sizes_are_told_to_be_of_further_leaks(audits: dict[str, Audit]) -> None:
    seen = with_leaks(audits["fail"], leak("verbatim", None, None, 0.0125))
    assert planted.beside_a_leak(seen)
    for text in (render_html(seen), render_markdown(seen)):
        assert "This audit saw a leak" in text
    assert "This audit saw a leak" not in render_html(audits["pass"])


def test_leaks_in_a_segment_stand_apart_and_have_no_limit(audits: dict[str, Audit]) -> None:
    scope = "segment very <old>"
    ours = with_leaks(audits["pass"], leak("verbatim", 0.005, 0.01, 0.0125))
    theirs = with_leaks(ours, leak(f"verbatim, {scope}", 0.1, 0.1, None), name=f"{scope}: closest records")
    audit = theirs.model_copy(update={"findings": (*theirs.findings, ours.findings[-1])})
    alone, apart = planted.scopes(audit)
    assert (alone.is_segment, apart.is_segment, apart.name) == (False, True, scope)
    assert (apart.leaks[0].name, apart.leaks[0].records, apart.leaks[0].enough) == ("verbatim", "–", None)
    html = render_html(audit)
    assert "Segment very &lt;old&gt;: these people alone" in html and "all rows that left" not in html
