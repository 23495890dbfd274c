"""Which column is drawn when, and whom each may ask."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tabsynth.domain import Encoded
from tabsynth.groups import groups_by_mass

_ROWS, _GROUPS = 20_000, 16

Places = NDArray[np.int64]


def column_order(table: Encoded, settled: Mapping[int, int]) -> Places:
    """Columns with few codes first: their trees are small, and what is hard to draw may ask everybody. A settled
    column follows the one that settles it."""
    order: list[int] = []

    def put(column: int) -> None:
        order.append(column)
        for follower, leader in settled.items():
            if leader == column:
                put(follower)

    for column in np.argsort(table.domain.sizes, kind="stable").tolist():
        if column not in settled:
            put(column)
    return np.array(order, np.int64)


def asked_columns(table: Encoded, order: Places, most: int) -> list[Places]:
    """For each column, by number, the earlier ones that its tree may ask: all, or those that tell most."""
    if len(order) <= most + 1:
        return [np.sort(order[: int(np.flatnonzero(order == column)[0])]) for column in range(len(order))]
    told = _mutual_information(table)
    asked: list[Places] = [np.empty(0, np.int64)] * len(order)
    for place, column in enumerate(order):
        earlier = order[:place]
        asked[column] = np.sort(earlier[np.argsort(-told[column, earlier], kind="stable")[:most]])
    return asked


def _mutual_information(table: Encoded) -> NDArray[np.float64]:
    """(columns, columns) in nats, on at most 16 groups a column and 20,000 rows spread over the table."""
    rows = np.linspace(0, len(table) - 1, min(len(table), _ROWS)).astype(np.int64)
    codes = table.codes[rows]
    onehot = np.zeros((len(rows), len(table.domain), _GROUPS), np.float32)
    for column, axis in enumerate(table.domain.axes):
        groups = groups_by_mass(axis, codes[:, column], _GROUPS)[codes[:, column]]
        onehot[np.arange(len(rows)), column, groups] = 1
    flat = onehot.reshape(len(rows), -1)
    joint = (flat.T @ flat).reshape(len(table.domain), _GROUPS, len(table.domain), _GROUPS) / len(rows)
    share = onehot.mean(axis=0)
    expected = share[:, :, None, None] * share[None, None]
    ratio = np.divide(joint, expected, out=np.ones_like(joint), where=joint > 0)
    told: NDArray[np.float64] = (joint * np.log(ratio)).sum(axis=(1, 3))
    return told
