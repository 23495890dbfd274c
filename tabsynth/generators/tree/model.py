"""The tree generator: learn a tree a column, draw column after column."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Annotated, Any, ClassVar

import numba
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from privacy import Event, InternalError, OnEvent, TrainingError
from tabsynth.domain import Domain, Encoded
from tabsynth.generators import Given, State
from tabsynth.generators.conditional import rows_given
from tabsynth.generators.tree.bound import BoundTrees, bind
from tabsynth.generators.tree.checks import require_sound
from tabsynth.generators.tree.column import ColumnTree
from tabsynth.generators.tree.grow import MOST_CLASSES, MOST_GROUPS
from tabsynth.generators.tree.learn import Growth, learn_column
from tabsynth.generators.tree.leaves import Leaves
from tabsynth.generators.tree.likelihood import chances, classes_of
from tabsynth.generators.tree.order import Places, asked_columns, column_order
from tabsynth.generators.tree.rules import FEWEST_PERSONS, settled_columns
from tabsynth.generators.tree.temperature import warmed

_LEAVES = tuple(part.name for part in fields(Leaves))
_ARRAYS = tuple(part.name for part in fields(ColumnTree) if part.name != "leaves")


class TreeConfig(BaseModel):
    """Settings of the sequential trees.

    leaf: persons that every leaf must hold; the dial between privacy and detail. Where one column settles
    another, see `rules`, 10 are enough. toll: log-likelihood that a split must gain for each class. parents:
    earlier columns that a tree may ask.
    temperature: above 1 rows are drawn more variously than people are, below 1 more alike.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    leaf: Annotated[int, Field(ge=1)] = 100
    toll: Annotated[float, Field(ge=0)] = 1.0
    parents: Annotated[int, Field(ge=1, le=1000)] = 40
    temperature: Annotated[float, Field(ge=0.1, le=10)] = 1.0


class Tree:
    """Sequential trees. Of the table it keeps, for each node of each tree, how many rows have which code."""

    name: ClassVar[str] = "tree"
    Config: ClassVar[type[BaseModel]] = TreeConfig

    def __init__(self, config: TreeConfig) -> None:
        self.config = config
        self._domain: Domain | None = None
        self._order: Places = np.empty(0, np.int64)
        self._settled: NDArray[np.bool_] = np.empty(0, bool)
        self._trees: list[ColumnTree] = []
        self._drawing: list[ColumnTree] = []

    def fit(self, train: Encoded, development: Encoded, rng: np.random.Generator, on_event: OnEvent) -> None:
        """Learn `train`; `development` has no part in it. TrainingError when there is nothing to learn."""
        if not len(train) or not len(train.domain):
            raise TrainingError("there is nothing to learn: no rows or no columns")
        settled = settled_columns(train, MOST_GROUPS)
        order = column_order(train, settled)
        asked = asked_columns(train, order, self.config.parents)
        weights = train.person_weights()

        def learn(column: int) -> ColumnTree:
            if column in settled:
                only = np.array([settled[column]])
                return learn_column(train, column, only, weights, Growth(FEWEST_PERSONS, 0.0, MOST_GROUPS))
            growth = Growth(self.config.leaf, self.config.toll, MOST_CLASSES)
            return learn_column(train, column, asked[column], weights, growth)

        trees: list[ColumnTree] = []
        with ThreadPoolExecutor(numba.get_num_threads()) as pool:
            for tree in pool.map(learn, range(len(order))):
                trees.append(tree)
                on_event(Event("growing trees", len(trees), len(order)))
        self._become(train.domain, order, np.isin(np.arange(len(order)), list(settled)), trees)

    def sample(self, n: int, rng: np.random.Generator, given: Given | None = None) -> Encoded:
        """`n` rows; conditions hold in each, unless that takes too many tries, see `rows_given`."""
        return rows_given(self, n, rng, given) if given else self.under({}).attempt(n, rng)

    def under(self, given: Given) -> BoundTrees:
        """The trees with each column of `given` bound to its codes."""
        return bind(self._grown(), self._order, self._drawing, given)

    def surprise(self, table: Encoded) -> NDArray[np.float64]:
        """(rows,) minus the log-likelihood of each row: places inside a bin are equally likely."""
        surprise = np.zeros(len(table))
        for tree, codes, size in zip(self._drawing, table.codes.T, self._grown().sizes, strict=True):
            class_of = classes_of(tree, size)
            with np.errstate(divide="ignore"):
                surprise -= np.log(chances(tree, class_of, tree.leaf_of(table.codes), codes))
        return surprise

    def _become(
        self, domain: Domain, order: Places, settled: NDArray[np.bool_], trees: list[ColumnTree]
    ) -> None:
        self._domain, self._order, self._settled, self._trees = domain, order, settled, trees
        # What another column settles is a fact, not a chance. By smoothing alone its leaves leave a thousandth of
        # doubt, and a temperature of 5 would make of it one row in ten that cannot be.
        self._drawing = [
            tree if is_fact else warmed(tree, self.config.temperature)
            for tree, is_fact in zip(trees, settled, strict=True)
        ]

    def _grown(self) -> Domain:
        if self._domain is None:
            raise InternalError("the trees are asked for rows before they are grown")
        return self._domain

    def state(self) -> State:
        """Every array of every tree as learnt, the order of the columns, and which are settled."""
        tensors: dict[str, NDArray[Any]] = {"order": self._order, "settled": self._settled}
        for column, tree in enumerate(self._trees):
            for part in _ARRAYS:
                tensors[f"{column}.{part}"] = getattr(tree, part)
            for part in _LEAVES:
                tensors[f"{column}.leaves.{part}"] = getattr(tree.leaves, part)
        return State(tensors)

    def restore(self, domain: Domain, state: State) -> None:
        """Become the trees that `state` was taken from; ValueError when they are none."""
        order = state.tensors["order"]
        trees = [
            ColumnTree(
                Leaves(**{part: state.tensors[f"{column}.leaves.{part}"] for part in _LEAVES}),
                **{part: state.tensors[f"{column}.{part}"] for part in _ARRAYS},
            )
            for column in range(len(domain))
        ]
        require_sound(trees, order, domain)
        settled = state.tensors["settled"]
        if settled.dtype != np.bool_ or settled.shape != (len(domain),):
            raise ValueError("the settled columns do not fit the table")
        self._become(domain, order, settled, trees)
