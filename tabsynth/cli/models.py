"""The verbs for a model file: learn one, look at its training, draw from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacy import say
from tabsynth.cli.options import (
    BudgetOption,
    CandidatesOption,
    ConfigOption,
    DeviceOption,
    GeneratorOption,
    RulesOption,
    SchemaOption,
    SeedOption,
    Source,
    TargetsOption,
)
from tabsynth.cli.parts import read_source


def fit(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="The model file.")],
    schema: SchemaOption = None,
    generator: GeneratorOption = None,
    device: DeviceOption = None,
    seed: SeedOption = None,
    candidates: CandidatesOption = None,
    targets: TargetsOption = None,
    budget: BudgetOption = None,
    rules: RulesOption = None,
    config: ConfigOption = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", help="Where a training keeps how far it is; deleted at its end."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint; begin where there is none yet.")
    ] = False,
) -> int:
    """Learn a whole table into a model file. To audit later, keep a control out of it: see split.

    Of a --config file it uses generator, settings, candidates, targets, budget, rules, device, least and seed. A
    training that may be killed: give --seed, --checkpoint and --resume, and run the same line until it ends.
    """
    from privacy import Screen
    from tabsynth.auto import AUTO
    from tabsynth.checkpoints import remove_checkpoint
    from tabsynth.config import load_config
    from tabsynth.curves import told
    from tabsynth.fit import told_of_withheld
    from tabsynth.generators import require_saveable
    from tabsynth.resume import begun, checkpoint_of, require_new_model, with_checkpoint
    from tabsynth.synthesizer import Synthesizer

    run = load_config(
        config,
        generator=generator,
        candidates=candidates,
        targets=targets,
        budget=budget,
        rules=rules,
        device=device,
        seed=seed,
    )
    if run.generator != AUTO:
        require_saveable(run.generator)
    run = with_checkpoint(run, checkpoint, resume, out)
    require_new_model(run, out)
    unfinished = checkpoint_of(run)
    if unfinished is not None:
        say(begun(unfinished))
    table = read_source(source, schema)
    synthesizer = Synthesizer.configured(run, table.schema)
    with Screen() as screen:
        model = synthesizer.fit(table.frame, screen, table.lineage).model
    for line in synthesizer.choice.lines() if synthesizer.choice else ():
        say(line)
    synthesizer.save(out)
    if model is not None:
        for outcome in (told_of_withheld(model), told(model)):
            if outcome:
                say(outcome)
    say(f"wrote {out}. It holds statistics of persons: keep it with the source.")
    if unfinished is not None:
        remove_checkpoint(unfinished)
        say(f"deleted the checkpoint {unfinished}, which is not for sharing")
    return 0


def curves(
    model: Annotated[Path, typer.Argument(help="A model file that tabsynth fit wrote.")],
    out: Annotated[Path, typer.Option("--out", help="The picture: .svg or .png.")],
) -> int:
    """Draw how a training went: losses and distance to development by epoch, and which epoch was kept."""
    from privacy import require_new_file
    from tabsynth.artifact import Model
    from tabsynth.curves import draw_curves, history_of, require_format

    require_new_file(out)
    require_format(out)
    learnt = Model.load(model)
    draw_curves(history_of(learnt), f"Training of a {learnt.name} model", out)
    say(f"wrote {out}")
    return 0


def sample(
    model: Annotated[Path, typer.Argument(help="A model file that tabsynth fit wrote.")],
    rows: Annotated[int, typer.Option("--rows", min=1, max=100_000_000)],
    out: Annotated[Path, typer.Option("--out", help="The table: .parquet, .csv or .arrow.")],
    where: Annotated[str | None, typer.Option("--where", help='SQL condition, such as "age < 30".')] = None,
    share: Annotated[
        list[str] | None,
        typer.Option(
            "--share",
            help='Exactly so many rows meet a condition: "40%: age >= 65". Repeatable; others fill the rest.',
        ),
    ] = None,
    seed: SeedOption = None,
) -> int:
    """Draw synthetic rows. They are not audited: use release, or audit them before they leave."""
    from privacy import MARK, Screen, one_line
    from tabsynth.asked.shares import read_shares
    from tabsynth.lineage.sidecar import require_new_table, write_sidecar
    from tabsynth.source import require_writable, with_mark, write_table
    from tabsynth.synthesizer import Synthesizer

    require_writable(out)
    require_new_table(out)
    shares = read_shares(share) if share else None
    synthesizer = Synthesizer.load(model)
    with Screen() as screen:
        frame = synthesizer.sample(rows, where, shares, seed, screen)
    for line in synthesizer.cuts.lines() if synthesizer.cuts else ():
        say(one_line(line, 400))
    lineage = synthesizer.drawn(len(frame))
    write_table(with_mark(frame, lineage.mark), out, lineage)
    write_sidecar(out, lineage)
    say(f"wrote {len(frame)} rows to {out}, marked as synthetic in the column {MARK}; not audited")
    return 0
