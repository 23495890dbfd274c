"""fit and sample on one object, pandas in and out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from privacy import ConfigError, OnEvent, Schema, canonical, guess_schema, silent
from tabsynth.artifact import Model, drawn_from
from tabsynth.asked import Shares
from tabsynth.auto import Choice, settled
from tabsynth.config import RunConfig, checked_config
from tabsynth.dtypes import dtypes_of, in_types
from tabsynth.fit import fit
from tabsynth.lineage.ancestry import Lineage, real, unmarked
from tabsynth.rules import Cuts, require_sound, require_true
from tabsynth.sample import sampled
from tabsynth.source import public_schema, released_frame, require_unmarked
from tabsynth.split import split


class Synthesizer:
    """Learns a table and draws synthetic ones.

    generator: a name from `tabsynth.generators.generator_names()`, or "auto", and then `choice` says what was
    chosen and why. schema: guessed from the table when None.
    development: share of the persons that stops the training early and, with more than one of `candidates` drawn
    for each row, decides which are chosen. targets: whose margins else, see `RunConfig`. budget: seconds that
    "auto" may spend on its choice. rules: that every row shall meet: a file of them, tables as in such a file, or
    rules made in Python, see `tabsynth.rules`; `cuts` counts the rows that they cut from the last sample.
    settings: the generator's own.
    random_state: repeats the fit, and the samples after it in their order.

    It answers no question about sharing: hold a control back (`tabsynth.split`) and ask `privacy.audit`, or
    let `tabsynth.release` do both.
    """

    def __init__(
        self,
        generator: str = "copula",
        schema: Schema | None = None,
        *,
        development: float = 0.1,
        least: int = 10,
        candidates: int | None = None,
        targets: str = "development",
        budget: float = 300.0,
        rules: Any = (),
        random_state: int | None = None,
        **settings: Any,
    ) -> None:
        self._config = checked_config(
            generator=generator,
            settings=settings,
            least=least,
            **({} if candidates is None else {"candidates": candidates}),
            targets=targets,
            budget=budget,
            rules=rules,
            seed=random_state,
        )
        self._development = development
        self.schema = schema
        self.model: Model | None = None
        self.choice: Choice | None = None
        self.cuts: Cuts | None = None
        self._seeds = np.random.SeedSequence()

    @classmethod
    def configured(cls, config: RunConfig, schema: Schema) -> Synthesizer:
        """A synthesizer with the settings of a run."""
        made = cls(schema=schema)
        made._config = config
        return made

    def fit(self, table: Any, on_event: OnEvent = silent, lineage: Lineage | None = None) -> Synthesizer:
        """Learn `table`, a pandas or Arrow table; nothing of it is kept but `model`. Fits afresh every time.

        lineage: of a table that lost its marks; read from these when None, see `lineage_of`. A model of rows that
        are synthetic themselves is of the next generation, see `Model.generation`. ConfigError when a rule is not
        true of the table.
        """
        plain, marked = unmarked(table)
        lineage = lineage or marked
        schema = self.schema or guess_schema(plain)[0]
        require_unmarked(schema.names)
        require_sound(self._config.rules, schema)
        frame = canonical(plain, schema, table="source")
        require_true(self._config.rules, frame, schema)
        rng = np.random.default_rng(self._config.seed)
        train, development = split_development(frame, schema, self._development, rng)
        self.choice = settled(train, development, schema, self._config, rng, on_event)
        fitted = fit(train, development, schema, self.choice.config, rng, on_event)
        dtypes = {name: word for name, word in dtypes_of(plain).items() if name in fitted.schema.names}
        self.model = replace(fitted, choice=self.choice.facts(), learnt_from=lineage, dtypes=dtypes)
        self._seeds = np.random.SeedSequence(int(rng.integers(2**63)))
        return self

    def sample(
        self,
        rows: int,
        where: str | None = None,
        shares: Shares | None = None,
        random_state: int | None = None,
        on_event: OnEvent = silent,
    ) -> pd.DataFrame:
        """`rows` synthetic rows in the types of the data frame that was learnt, where these hold what was drawn.

        where: an SQL condition they all meet. shares: how many of them meet which condition, such as
        {"age >= 65": 0.4} or {"income": {">50K": 0.5}}; the other rows share what is left as they would share
        all, and the rows come in random order. random_state: the same rows whenever asked; when None, other rows
        on every call.
        """
        whole = [rows, 0 if random_state is None else random_state]
        if not all(isinstance(number, int | np.integer) and number >= 0 for number in whole):
            raise ConfigError("the number of rows and the random_state are whole numbers, not negative")
        model = self._fitted()
        schema = public_schema(model.schema)
        seeds = self._seeds.spawn(1)[0] if random_state is None else np.random.SeedSequence(random_state)
        drawn = sampled(model, rows, seeds, where=where, shares=shares, on_event=on_event)
        self.cuts = drawn.cuts
        released = released_frame(drawn.table[list(schema.names)], schema)
        return in_types(released, model.dtypes)

    def drawn(self, rows: int) -> Lineage:
        """Where rows that the model draws come from, for `write_table`."""
        model = self._fitted()
        return drawn_from(model, model.learnt_from or real(), rows)

    def save(self, path: Path | str) -> None:
        """Write the model file. It holds statistics of persons: treat it as regulated data."""
        self._fitted().save(path)

    @classmethod
    def load(cls, path: Path | str) -> Synthesizer:
        """The synthesizer of a model file; opening it runs no code."""
        loaded = cls()
        loaded.model = Model.load(path)
        loaded.schema = loaded.model.schema
        return loaded

    def _fitted(self) -> Model:
        if self.model is None:
            raise ConfigError("the synthesizer has not learnt a table yet", todo="call fit, or load a model")
        return self.model


def split_development(
    frame: pd.DataFrame, schema: Schema, share: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame by person in two: to learn from, and to stop the training with (`share`, maybe no rows)."""
    if share == 0 or len(frame) < 100:
        return frame, frame.iloc[:0]
    sides = split(frame, schema, key=rng.bytes(32), train=1 - share, development=0.0, control=share)
    return sides.train, sides.control.open()
