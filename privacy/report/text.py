"""Numbers and foreign text as a reader may see them."""

from __future__ import annotations

import re
from math import floor, log10

from privacy.errors import one_line
from privacy.result import Estimate, Finding, Interval

NO_BREAK = "\u00a0"
MINUS = "\u2212"

_NO_SHARES = re.compile(r"\b(AUC|epsilon|odds)\b", re.IGNORECASE)
"""Names of numbers that have trials, and are no shares of them."""


def visible(text: object, limit: int = 80) -> str:
    """Foreign text on one line: control characters spelt out, cut at `limit`. Escaping is the template's."""
    return one_line(str(text), limit)


def share(value: float) -> str:
    """A share in per cent, with as many decimals as its size deserves."""
    percent = abs(value) * 100
    if percent == 0:
        return f"0{NO_BREAK}%"
    if percent < 0.001:
        return f"under 0.001{NO_BREAK}%"
    decimals = 1 if percent >= 10 else min(max(1 - floor(log10(percent)), 0), 3)
    return f"{MINUS if value < 0 else ''}{percent:.{decimals}f}{NO_BREAK}%"


def round_share(value: float) -> str:
    """A share that somebody chose: a limit, a dose, a place on an axis."""
    return f"{value * 100:g}{NO_BREAK}%".replace("-", MINUS)


def tick(value: float) -> str:
    """A round number on an axis."""
    return f"{value:g}".replace("-", MINUS)


def number(value: float) -> str:
    """A plain number to three significant digits; whole numbers in full, with separators."""
    sign = MINUS if value < 0 else ""
    size = abs(value)
    if size == int(size) and size < 1e15:
        return f"{sign}{int(size):,}"
    if size >= 1000:
        return f"{sign}{size:,.0f}"
    decimals = max(2 - floor(log10(size)), 0)
    return f"{sign}{size:.{decimals}f}" if decimals <= 6 else f"{sign}{size:.2g}"


def decimal(value: float) -> str:
    """A distance, score or rate among others of its kind: three decimals."""
    return f"{abs(value):,.3f}" if value >= 0 or abs(value) < 0.0005 else f"{MINUS}{abs(value):,.3f}"


def moment(created: str) -> str:
    """A time stamp without the machine's punctuation."""
    return visible(created.replace("T", " ", 1).replace("+00:00", " UTC"))


def probability(value: float) -> str:
    """A p-value as papers print it."""
    written = "p < 0.001" if value < 0.001 else f"p = {value:.2g}"
    return written.replace(" ", NO_BREAK)


def is_share(finding: Finding) -> bool:
    """Whether the finding's numbers are shares of trials, to be shown in per cent."""
    return finding.value.successes is not None


def excess_is_share(finding: Finding) -> bool:
    """Whether the excess is a difference of shares; else it is a ratio, whose even point is 1."""
    excess, at = finding.excess, finding.tolerance
    if not is_share(finding) or excess is None:
        return False
    highest = excess.interval.high if excess.interval else excess.value
    return highest <= 1 and (at is None or at < 1)


def further_is_share(name: str, estimate: Estimate) -> bool:
    """Whether a further number of a finding is a share, or a difference of two, of its trials."""
    if estimate.successes is not None:
        return True
    interval = estimate.interval
    ends = (estimate.value, *((interval.low, interval.high) if interval else ()))
    return estimate.trials is not None and not _NO_SHARES.search(name) and max(map(abs, ends)) <= 1


def amount(value: float, as_share: bool) -> str:
    return share(value) if as_share else number(value)


def span(interval: Interval | None, as_share: bool) -> str:
    """An interval as "low to high", or a dash."""
    if interval is None:
        return "–"
    low, high = amount(interval.low, as_share), amount(interval.high, as_share)
    if as_share and low.endswith(f"{NO_BREAK}%") and not low.startswith("under"):
        low = low.removesuffix(f"{NO_BREAK}%")
    return f"{low} to {high}"


def trials(estimate: Estimate) -> str:
    """Successes of trials, or a dash."""
    if estimate.trials is None:
        return "–"
    if estimate.successes is None:
        return f"{estimate.trials:,}"
    return f"{estimate.successes:,} of {estimate.trials:,}"
