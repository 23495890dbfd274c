"""How many of the rows shall meet which condition: written by the user, checked, and counted out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from privacy import ConfigError

PLACE = "--share"
MOST_SHARES = 100
ROUNDING = 1e-9
"""By how much shares may miss a sum of 1 and still mean it."""

Shares = Mapping[str, float | Mapping[Any, float]]
"""SQL condition -> share of the rows; or column -> its values, None for missing -> share of the rows."""


@dataclass(frozen=True, slots=True)
class Places:
    """What messages call the shares: together, and each one; by the option that they came from when None."""

    together: str
    each: tuple[str, ...] | None = None

    def of(self, number: int) -> str:
        """What share `number` is called, from 1."""
        return place_of(number) if self.each is None else self.each[number - 1]


OPTIONS = Places(PLACE)


def read_shares(options: Sequence[str]) -> dict[str, float]:
    """`"40%: age >= 65"`, and more of the kind: condition -> share, which may also be written 0.4."""
    shares: dict[str, float] = {}
    for number, option in enumerate(options, start=1):
        written, _, condition = (part.strip() for part in option.partition(":"))
        if not condition:
            raise ConfigError("has no condition", where=place_of(number), todo='write it as "50%: age >= 65"')
        if condition in shares:
            raise ConfigError("repeats the condition of another share", where=place_of(number))
        shares[condition] = _number(written, place_of(number))
    return shares


def stated_shares(shares: Shares) -> list[tuple[str, float]]:
    """Each condition in SQL with its share, all in [0, 1] and 1 at most together; else ConfigError."""
    if not isinstance(shares, Mapping):
        raise ConfigError("shares are no dictionary", where=PLACE, todo='state them as {"age >= 65": 0.4}')
    stated: list[tuple[str, Any]] = []
    for key, share in shares.items():
        if isinstance(share, Mapping):
            stated += [(_equals(key, value), each) for value, each in share.items()]
        else:
            stated.append((key, share))
    if not 0 < len(stated) <= MOST_SHARES:
        raise ConfigError(f"there must be 1 to {MOST_SHARES} shares, not {len(stated)}", where=PLACE)
    for number, (_, share) in enumerate(stated, start=1):
        if not isinstance(share, Real) or isinstance(share, bool) or not 0 <= float(share) <= 1:
            raise ConfigError(
                "is no number from 0 to 1",
                where=place_of(number),
                todo="state the share that the rows shall have, such as 0.5",
            )
    total = sum(share for _, share in stated)
    if total > 1 + ROUNDING:
        raise ConfigError(
            f"the shares sum to {total:.4%}",
            where=PLACE,
            todo="leave 100% or less; what is left goes to all other rows",
        )
    return [(condition, float(share)) for condition, share in stated]


def place_of(number: int) -> str:
    """What messages call share number `number`, from 1."""
    return f"{PLACE} {number}"


def counted_out(shares: Sequence[float], n: int) -> list[int]:
    """`n` rows dealt out by shares that sum to 1: each rounded down, the largest remainders up (Hamilton)."""
    quotas = np.array(shares) * n
    counts = np.floor(quotas + ROUNDING).astype(np.int64)
    first = np.argsort(counts - quotas, kind="stable")[: n - int(counts.sum())]
    counts[first] += 1
    return [int(count) for count in counts]


def _number(written: str, place: str) -> float:
    """The share that "50%" or "0.5" states."""
    digits = written.removesuffix("%").strip()
    try:
        number = float(digits)
    except ValueError:
        number = math.nan
    share = number / 100 if written.endswith("%") else number
    if not 0 <= share <= 1:
        raise ConfigError(
            "does not begin with a number from 0 to 1, or from 0% to 100%",
            where=place,
            todo='write it as "50%: age >= 65"',
        )
    return share


def _equals(column: str, value: Any) -> str:
    """In SQL: the column has the value."""
    name = '"' + str(column).replace('"', '""') + '"'
    if pd.isna(value):
        return f"{name} IS NULL"
    if isinstance(value, bool | np.bool_):
        return f"{name} = {'TRUE' if value else 'FALSE'}"
    if isinstance(value, Real):
        return f"{name} = {value}"
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"{name} = '" + text.replace("'", "''") + "'"
