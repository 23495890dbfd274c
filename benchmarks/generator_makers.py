"""Generators as their users call them: a train table in, a function that draws rows out.

Ours get the schema an owner would declare. Peers get the same columns with levels as texts, their defaults, and
the kinds of the columns told; SDV's CTGAN stands for the ctgan package, which takes no gaps.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from leaks import declared
from planting import Roles, Split

Draw = Callable[[int], pd.DataFrame]
Maker = Callable[[pd.DataFrame, Roles, int], Draw]


def ours(generator: str, candidates: int = 1, **settings: Any) -> Maker:
    def make(train: pd.DataFrame, roles: Roles, seed: int) -> Draw:
        from tabsynth import Synthesizer

        schema = declared(Split(train, train, train, roles), [str(name) for name in train])
        learnt = Synthesizer(
            generator, schema, development=0.15, candidates=candidates, random_state=seed, **settings
        ).fit(train)
        return lambda rows: learnt.sample(rows)[list(train)]

    return make


def a_part_of(maker: Maker, times: int) -> Maker:
    """A random part of a table so many times as large. Rows chosen together for their margins have less chance in
    them than as many that know nothing of each other; of a large table's part that is not so."""

    def make(train: pd.DataFrame, roles: Roles, seed: int) -> Draw:
        draw = maker(train, roles, seed)
        return lambda rows: draw(times * rows).sample(rows, random_state=seed)

    return make


def sdv(name: str, **settings: Any) -> Maker:
    def make(train: pd.DataFrame, roles: Roles, seed: int) -> Draw:
        import torch
        from sdv import single_table
        from sdv.metadata import Metadata

        torch.manual_seed(seed)
        table = as_peers_take_it(train, roles)
        metadata = Metadata.detect_from_dataframes({"t": table})
        for column in table:
            kind = "numerical" if column in roles.numeric else "datetime" if column in roles.datetime else ""
            metadata.update_column(column, sdtype=kind or "categorical")
        synthesizer = getattr(single_table, name)(metadata, **settings)
        synthesizer.fit({"t": table})

        def draw(rows: int) -> pd.DataFrame:
            drawn = synthesizer.sample(rows)
            frame: pd.DataFrame = drawn["t"] if isinstance(drawn, dict) else drawn
            return frame[list(train)]

        return draw

    return make


def tabular_argn(python: str) -> Maker:
    """mostlyai-engine in an environment of its own, which holds another torch; `python` is its interpreter."""

    def make(train: pd.DataFrame, roles: Roles, seed: int) -> Draw:
        folder = Path(tempfile.mkdtemp())
        as_peers_take_it(train, roles).to_parquet(folder / "train.parquet")
        script = Path(__file__).with_name("tabular_argn.py")
        subprocess.run(
            [python, str(script), str(folder), str(seed), str(len(train))], check=True, capture_output=True
        )
        drawn = pd.read_parquet(folder / "synthetic.parquet")[list(train)]
        return lambda rows: drawn.iloc[:rows]

    return make


def as_peers_take_it(rows: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """Numbers as floats, dates as they are, every other column as texts with missing as a text of its own."""
    prepared = {}
    for name in rows:
        if name in roles.numeric:
            prepared[name] = rows[name].astype(float)
        elif name in roles.datetime:
            prepared[name] = pd.to_datetime(rows[name])
        else:
            prepared[name] = rows[name].astype(object).where(rows[name].notna(), "missing").astype(str)
    return pd.DataFrame(prepared)


def makers(argn_python: str | None) -> Mapping[str, Maker]:
    """Every contestant by the name it has in the report; ours first."""
    found: dict[str, Maker] = {
        "tree": ours("tree"),
        "tree, 5 candidates": ours("tree", candidates=5),
        "tree, leaf 50, 5 candidates": ours("tree", candidates=5, leaf=50),
        "tree, leaf 50, 10 candidates, noised": ours("tree", candidates=10, leaf=50, targets="noised"),
        "tree, leaf 200, 5 candidates": ours("tree", candidates=5, leaf=200),
        "tree, leaf 400, 5 candidates": ours("tree", candidates=5, leaf=400),
        "copula": ours("copula"),
        "copula, 5 candidates": ours("copula", candidates=5),
        "ctgan": ours("ctgan"),
        "autoregressive": ours("autoregressive"),
        "autoregressive, 5 candidates": ours("autoregressive", candidates=5),
        "autoregressive, 5 candidates, noised": ours("autoregressive", candidates=5, targets="noised"),
        **{
            f"tree, leaf {leaf}, 5 candidates, noised": ours(
                "tree", candidates=5, leaf=leaf, targets="noised"
            )
            for leaf in (50, 100, 200, 400)
        },
        "tree, leaf 100, a sixth of 5 candidates, noised": a_part_of(
            ours("tree", candidates=5, targets="noised"), 6
        ),
        "SDV GaussianCopula": sdv("GaussianCopulaSynthesizer"),
        "SDV CTGAN": sdv("CTGANSynthesizer"),
        "SDV TVAE": sdv("TVAESynthesizer"),
    }
    if argn_python:
        found["TabularARGN"] = tabular_argn(argn_python)
    return found
