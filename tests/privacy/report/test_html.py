"""The HTML report: verdict first, nothing from outside, foreign text harmless, always the same page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from privacy.report import render_html
from privacy.result import Audit, Finding, Picture, Status

OUTCOMES = ("pass", "fail", "inconclusive", "empty")
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """What a browser would find: tags, attributes, text, and whether every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.policy = self.style = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs)["content"] or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes <{self.open[-1:]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_page_is_well_formed_and_fetches_and_runs_nothing(audits: dict[str, Audit], outcome: str) -> None:
    html = render_html(audits[outcome])
    page = Page(html)
    assert page.open == []
    assert not {"script", "img", "link", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("src", "style")]
    assert all(value.startswith("#") for _, name, value in page.attributes if name == "href")
    assert "http:" not in html and "https:" not in html and "url(" not in page.style and "@import" not in html


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_security_policy_allows_this_style_sheet_and_nothing_else(
    audits: dict[str, Audit], outcome: str
) -> None:
    page = Page(render_html(audits[outcome]))
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert page.policy.startswith("default-src 'none'; ") and "unsafe" not in page.policy
    assert f"style-src 'sha256-{digest}'" in page.policy


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_ids_are_unique_and_links_lead_somewhere(audits: dict[str, Audit], outcome: str) -> None:
    page = Page(render_html(audits[outcome]))
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for _, name, value in page.attributes if name == "href"} <= set(ids)


@pytest.mark.parametrize(
    ("outcome", "word"), [("pass", "Pass"), ("fail", "Fail"), ("inconclusive", "Inconclusive")]
)
def test_the_verdict_comes_first_in_word_sign_and_sentence(
    audits: dict[str, Audit], outcome: str, word: str
) -> None:
    html = render_html(audits[outcome])
    heading = html.index(f'<h1 id="verdict">{word}</h1>')
    assert html.index('class="sign"') < heading < html.index('id="seen"') < html.index('id="findings"')
    text = Page(html).text
    assert audits[outcome].verdict.sentence in text
    assert all(reason.split("<")[0][:60] in text for reason in audits[outcome].verdict.reasons)


def test_the_report_says_what_it_does_not_prove_and_never_claims_more(audits: dict[str, Audit]) -> None:
    for audit in audits.values():
        text = Page(render_html(audit)).text
        assert "does not prove that nobody can be re-identified" in text
        assert "A handful of people cannot be certified" in text
        assert not re.search(r"\banonymous\b|privacy score|\bsafe\b|100\s?%\s(?:safe|private)", text, re.I)


def test_hostile_names_are_text(audits: dict[str, Audit]) -> None:
    html = render_html(audits["pass"])
    page = Page(html)
    assert "<script" not in html and "onerror" not in {name for _, name, _ in page.attributes}
    assert "<script>alert(1)</script>" in page.text
    assert "two\\nlines\\x1b[31m" in page.text and "\x1b" not in html
    assert "\u202e" not in html and "{{ 7 * 7 }}" in page.text
    assert "x" * 300 in page.text  # in full where the columns are listed, cut everywhere else
    assert page.text.count("x" * 100) < 5


def test_every_number_of_a_finding_is_shown_with_control_limit_and_trials(audits: dict[str, Audit]) -> None:
    text = re.sub(r"\s+", " ", Page(render_html(audits["fail"])).text)
    for written in (
        "300 of 6,000",
        "1 of 6,000",
        "5.0 %",
        "at most 1 %",
        "6,000 made of 6,000 asked",
        "p < 0.001",
    ):
        assert written in text
    assert "at most 1.50" in text and "odds, times" in text
    assert "Warning" not in text


def test_planted_leaks_are_listed_once_with_and_without_a_limit(audits: dict[str, Audit]) -> None:
    audit = audits["inconclusive"]
    twice = audit.model_copy(update={"findings": (audit.findings[0], *audit.findings)})
    text = re.sub(r"\s+", " ", Page(render_html(twice)).text)
    section = text[text.index("Leaks of known size") : text.index("Each number stands")]
    assert section.count("one column swapped") == 1
    assert "not up to 5 %" in section and "no limit set" in section and "? no" in section
    assert "96 records" in section  # 1.6 % of 6,000 are seen in 95 % of draws
    assert "of the 6,000 people or distinct records of train" in section and "100 draws" in section


def test_what_did_not_run_and_what_does_not_hold_is_said(audits: dict[str, Audit]) -> None:
    broken = audits["pass"].checks[0].model_copy(update={"passed": False})
    text = Page(render_html(audits["pass"].model_copy(update={"checks": (broken,)}))).text
    assert "the package anonymeter is not installed" in text and "✕ fails" in text


def test_every_policy_number_stands_beside_its_source(audits: dict[str, Audit]) -> None:
    audit = audits["pass"]
    text = Page(render_html(audit)).text
    for key, source in audit.policy["sources"].items():
        assert key in text and source in text


def test_a_saved_audit_renders_to_the_identical_page(audits: dict[str, Audit]) -> None:
    for audit in audits.values():
        again = Audit.model_validate_json(audit.model_dump_json(indent=1))
        assert render_html(again) == render_html(audit)


def test_reported_findings_and_every_picture_kind_are_drawn(audits: dict[str, Audit]) -> None:
    shapes = (
        Picture(kind="bars", title="b", labels=tuple("abc"), series={"one": (1.0, -2.0, 0.0)}),
        Picture(
            kind="bars", title="many", labels=tuple(f"l{n}" for n in range(44)), series={"one": (0.5,) * 44}
        ),
        Picture(kind="lines", title="l", x=(1.0, 2.0), series={"flat": (0.0, 0.0)}),
        Picture(
            kind="interval", title="i", labels=("k 1",), series={"value": (1,), "low": (0,), "high": (2,)}
        ),
        Picture(kind="bars", title="nothing", labels=(), series={}),
    )
    finding = audits["pass"].findings[-1].model_copy(update={"pictures": shapes})
    html = render_html(audits["pass"].model_copy(update={"findings": (finding,)}))
    assert "and 14 more, in audit.json" in html and ">k 1<" in html and not re.search(r"\bnan\b", html)
    assert "<desc>flat: 0 at 1, 0 at 2</desc>" in html
    assert finding.status is None and "Reported" in html


def test_extreme_numbers_stay_inside_the_drawing(audits: dict[str, Audit]) -> None:
    def stretched(finding: Finding) -> Finding:
        value = finding.value.model_copy(update={"value": 1e-9, "interval": None})
        return finding.model_copy(update={"value": value, "control": None, "status": Status.UNRESOLVED})

    html = render_html(
        audits["pass"].model_copy(update={"findings": tuple(stretched(f) for f in audits["pass"].findings)})
    )
    places = [float(x) for x in re.findall(r'(?:cx|x1|x2|x)="(-?[\d.]+)%"', html)]
    assert places and all(0 <= place <= 100 for place in places)
