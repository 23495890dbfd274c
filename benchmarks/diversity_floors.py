"""Which floors of diversity let engines that work pass, and stop tables that have collapsed?

    python benchmarks/diversity_floors.py --data DIR --out reports/benchmarks/diversity_floors.json

DIR holds <table>.parquet with its sidecar <table>.json. An engine learns some rows of a real table, draws as many,
and learns those again, ten times over, beside as many rows of people that no generation learnt. Said are entropy
ratio and joint cells reached of the first generation, which should pass, and of the fifth and tenth, which should
not, and the floors of the built-in policies. Some minutes of one processor.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from generators import halves
from leaks import declared
from planting import Split

from privacy import Policy, canonical, fidelity_of
from tabsynth.collapse.generations import Line, chained_schema
from tabsynth.collapse.regimes import Regime
from tabsynth.config import checked_config
from tabsynth.source import released_frame

TABLES = ("adult", "magic_gamma", "support2", "online_shoppers")
ENGINES = ("tree", "copula")
ROWS = {300: 3, 1000: 1}
"""Rows of every generation, and courses of chance from as many."""
GENERATIONS = 10
SEEN = (1, 5, 10)
FLOORS = ("diversity/entropy ratio", "diversity/joint cells reached")


def course(folder: Path, table: str, engine: str, rows: int, seed: int) -> dict[str, Any]:
    """The floors' measures of one line of generations, by generation."""
    learnt, held_out, roles, _ = halves(folder, table, seed)
    learnt, held_out = learnt[:rows], held_out[:rows]
    schema = chained_schema(declared(Split(learnt, learnt, learnt, roles), [str(name) for name in learnt]))
    real, people = (canonical(frame, schema, table="source") for frame in (learnt, held_out))
    config = checked_config(generator=engine)
    line = Line(real, schema, config, rows, GENERATIONS, np.random.SeedSequence([seed, rows]))
    told = {}
    for _, generation, made in line.courses([Regime("replace")]):
        if generation in SEEN:
            learnt_rows, people_rows, made_rows = (
                released_frame(part, schema) for part in (real, people, made)
            )
            rng = np.random.default_rng(seed)
            found = fidelity_of(learnt_rows, people_rows, made_rows, schema, rng, ("diversity",))
            values = {f"{measure.group}/{measure.name}": round(measure.value, 4) for measure in found}
            told[str(generation)] = {name: values[name] for name in FLOORS}
    return {"table": table, "engine": engine, "rows": rows, "seed": seed, "generations": told}


def summary(courses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By rows and generation: the least of each measure, and how many courses are below either floor."""
    floors = {name: Policy.load("internal").at_least[name] for name in FLOORS}
    lines = []
    for rows in ROWS:
        for generation in map(str, SEEN):
            values = [each["generations"][generation] for each in courses if each["rows"] == rows]
            least = {name: min(value[name] for value in values) for name in FLOORS}
            below = sum(any(value[name] < floors[name] for name in FLOORS) for value in values)
            told = {"courses": len(values), "least": least, "below a floor": below}
            lines.append({"rows": rows, "generation": int(generation), **told})
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    found = []
    for rows, seeds in ROWS.items():
        for table, engine, seed in ((t, e, s) for t in TABLES for e in ENGINES for s in range(seeds)):
            found.append(course(asked.data, table, engine, rows, seed))
            print(json.dumps(found[-1]), flush=True)
    asked.out.write_text(json.dumps({"summary": summary(found), "courses": found}, indent=1) + "\n")
