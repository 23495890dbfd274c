"""The verb that lets an engine learn its own rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacy import give, say
from tabsynth.cli.options import (
    ConfigOption,
    DeviceOption,
    GeneratorOption,
    JsonOption,
    KeyOption,
    PolicyOption,
    SchemaOption,
    SeedOption,
    Source,
)
from tabsynth.cli.parts import columns, read_source, source_key


def collapse(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="New folder for collapse.json, .md, .svg and .png.")],
    schema: SchemaOption = None,
    config: ConfigOption = None,
    generator: GeneratorOption = None,
    generations: Annotated[int, typer.Option("--generations", min=3, max=100)] = 5,
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows", min=1, help="Learnt and drawn each time; all but the held-out ones when left out."
        ),
    ] = None,
    anchor: Annotated[
        list[float] | None,
        typer.Option(
            "--anchor", help="Share of real rows in every table learnt. Repeatable; 0.1, 0.3 and 0.5."
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, max=100, help="Courses of chance, for the bands.")
    ] = 3,
    policy: PolicyOption = None,
    device: DeviceOption = None,
    seed: SeedOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> int:
    """Retrain an engine on its own rows, generation after generation, and measure what is lost of the people.

    Three regimes: each generation learns the last one's rows alone (replace), all rows so far (accumulate), or a
    share of real rows among the last one's (anchored). Exit 0 whatever the verdicts are: they are about an engine.
    """
    from privacy import Screen, disk_errors, known_policy, require_new, whole_folder
    from tabsynth.collapse import curves_picture, page, regimes, watch
    from tabsynth.config import load_config

    require_new(out)
    tried = regimes(anchor or (0.1, 0.3, 0.5))
    run = load_config(config, generator=generator, rows=rows, policy=policy, device=device, seed=seed)
    known_policy(run.policy)
    table = read_source(source, schema)
    secret = source_key(key)
    with Screen() as screen:
        seen = watch(
            *(table.frame, table.schema, run, secret, tried),
            generations=generations,
            seeds=seeds,
            source_generation=table.lineage.root.generation if table.lineage else 0,
            on_event=screen,
        )
    title = f"{run.generator}: {generations} generations of {seen.setting.rows:,} rows"
    with disk_errors(out), whole_folder(out) as folder:
        (folder / "collapse.json").write_bytes(seen.to_bytes())
        (folder / "collapse.md").write_text(page(seen), encoding="utf-8")
        for form in ("svg", "png"):
            (folder / f"collapse.{form}").write_bytes(curves_picture(seen.points, title, form))
    if as_json:
        give({"answers": [answer.model_dump(mode="json") for answer in seen.answers]})
    else:
        columns(
            [["regime", "verdict", "why"], *([one.regime, one.answer, one.sentence] for one in seen.answers)]
        )
    say(f"wrote {out}: collapse.json, .md, .svg, .png")
    return 0
