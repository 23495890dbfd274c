"""The entries of a ledger as rows of text, for reading."""

from __future__ import annotations

from collections.abc import Sequence

from tabsynth.attempts import Entry, Judged, Opened, entry_of
from tabsynth.chain import Link

HEADINGS = ("entry", "time", "attempt", "policy", "what")

_SHOWN_DIGITS = 12


def lines(links: Sequence[Link]) -> list[tuple[str, ...]]:
    """One row an entry. attempt: which one of its source; policy: with a star where it was another before."""
    entries = {link.sequence: entry_of(link) for link in links}
    attempts = {number: entry for number, entry in entries.items() if isinstance(entry, Opened)}
    rows: list[tuple[str, ...]] = []
    for link in links:
        entry = entries[link.sequence]
        attempt = entry if isinstance(entry, Opened) else attempts[entry.opened]
        policy = attempt.asked.policy + " *" * attempt.policy_changed
        rows.append((str(link.sequence), link.time, str(attempt.attempt), policy, _what(entry)))
    return rows


def _what(entry: Entry) -> str:
    if isinstance(entry, Opened):
        return f"opened, alpha {entry.alpha:.2g}, source {entry.asked.source[:_SHOWN_DIGITS]}"
    if isinstance(entry, Judged):
        return f"verdict {entry.outcome}"
    return f"release {entry.release_id}, data {entry.sha256[:_SHOWN_DIGITS]}"
