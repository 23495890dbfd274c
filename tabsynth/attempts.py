"""What a ledger says: the kinds of entries, and the past of one source.

What is one source: tables that share at least half of the columns of the smaller one, by name. Content will not
do, for one changed row would make a new source; nor will the file's name. One key may serve several sources, and
a count over the whole ledger would let them use up each other's alpha. Where unlike tables share half of their
column names, too many attempts are counted rather than too few. Renaming most columns makes a new source;
the manifest therefore tells the attempts of the whole ledger, too.

No value of a table, no column name and no identifier stands in an entry: only hashes under the source key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from privacy import Outcome
from tabsynth.chain import Link

UNFINISHED = "unfinished"
"""What came of an attempt without a verdict: it was stopped, or it crashed. It counts."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(_Entry):
    """What is fixed before an audit; all but the policy's name and digest are hashes under the source key.

    config: of the run's options. source: of the table's content. columns: of each column's name. split: the
    commitment to who is train and who control. sides: of the rule that decides it; while it stays the same,
    every person stays on one side. contains: the ids of earlier releases whose rows a source without any real one
    is made of: they would be found again in what is made of it, and are not audited together with that.
    """

    policy: str
    policy_sha256: str
    config: str
    source: str
    seed: str
    columns: tuple[str, ...]
    split: str
    sides: str
    contains: tuple[str, ...] = ()

    def same_source(self, other: Asked) -> bool:
        """Whether the two tables share half of the columns of the smaller one, or more."""
        shared = len(set(self.columns) & set(other.columns))
        return 2 * shared >= min(len(self.columns), len(other.columns))


class Opened(_Entry):
    """An audit is about to be run.

    attempt: which one of this source, from 1. alpha: what it may spend. repeats: the entry of the attempt that
    this one makes again, with the same input, options and seed, after it was released: no new chance to pass.
    """

    kind: Literal["attempt opened"] = "attempt opened"
    attempt: int
    alpha: float
    policy_changed: bool
    repeats: int | None = None
    asked: Asked


class Judged(_Entry):
    """What came of an attempt. opened: the sequence number of the entry that opened it."""

    kind: Literal["verdict"] = "verdict"
    opened: int
    outcome: Outcome


class Released(_Entry):
    """A table is about to leave. sha256: of its data.parquet."""

    kind: Literal["release"] = "release"
    opened: int
    release_id: str
    sha256: str


Entry = Opened | Judged | Released

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])


def entry_of(link: Link) -> Entry:
    """The entry that stands in a link of the chain."""
    return _ENTRY.validate_python(link.content)


@dataclass(frozen=True, slots=True)
class Past:
    """What a ledger says of one source.

    opened: its attempts by the sequence number of their entry, repeats left out. outcomes: verdicts by the same
    number. releases: the tables that left, by the number of their own entry. in_ledger: attempts of all sources.
    """

    opened: dict[int, Opened]
    outcomes: dict[int, Outcome]
    releases: dict[int, Released]
    in_ledger: int

    @classmethod
    def of(cls, links: Sequence[Link], asked: Asked) -> Past:
        """Everything so far about the source of `asked`."""
        entries = {link.sequence: entry_of(link) for link in links}
        attempts = {at: e for at, e in entries.items() if isinstance(e, Opened) and e.repeats is None}
        opened = _kin(attempts, asked)
        return cls(
            opened,
            {e.opened: e.outcome for e in entries.values() if isinstance(e, Judged) and e.opened in opened},
            {at: e for at, e in entries.items() if isinstance(e, Released) and e.opened in opened},
            len(attempts),
        )

    def same(self, asked: Asked) -> int | None:
        """The attempt that was asked the very same and released, if there is one."""
        released = {entry.opened for entry in self.releases.values()}
        return next(
            (at for at, entry in self.opened.items() if at in released and entry.asked == asked), None
        )

    def table_of(self, attempt: int) -> str:
        """SHA-256 of the table that left as this attempt, which was released."""
        return next(entry.sha256 for entry in self.releases.values() if entry.opened == attempt)

    def policies_until(self, number: int) -> int:
        """How many different policies were asked, up to the attempt that this entry opened."""
        return len({entry.asked.policy_sha256 for at, entry in self.opened.items() if at <= number})

    def outcomes_before(self, number: int) -> dict[str, int]:
        """How often each came of the attempts before the one that this entry opened."""
        came = Counter(str(self.outcomes.get(at, UNFINISHED)) for at in self.opened if at < number)
        return dict(sorted(came.items()))

    def tables(self, asked: Asked, before: int | None = None, sides: str | None = None) -> tuple[str, ...]:
        """SHA-256 of the released tables that are none of the source of `asked`, each once, in order.

        before: only those that left before this entry. sides: only those made under this rule.
        """
        return tuple(
            dict.fromkeys(
                release.sha256
                for at, release in self.releases.items()
                if release.release_id not in asked.contains
                and (before is None or at < before)
                and (sides is None or self.opened[release.opened].asked.sides == sides)
            )
        )


def _kin(opened: dict[int, Opened], asked: Asked) -> dict[int, Opened]:
    """The attempts on the same source, and on what was the same as theirs: a source may change step by step."""
    kin: dict[int, Opened] = {}
    family = [asked]
    while new := {
        number: entry
        for number, entry in opened.items()
        if number not in kin and any(entry.asked.same_source(member) for member in family)
    }:
        kin |= new
        family = [entry.asked for entry in new.values()]
    return dict(sorted(kin.items()))
