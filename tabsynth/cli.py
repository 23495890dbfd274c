"""The verbs, and the only place that prints: stdout is data, stderr is talk.

Every command returns its exit code: 0 pass or done, 1 leak found, 2 bad input or usage, 3 inconclusive,
70 our fault. Heavy modules load inside the commands, so that --help answers at once.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from privacy import USAGE, ConfigError, give, run_command, say
from tabsynth.cli_parts import columns, read_source, source_key

app = typer.Typer(
    name="tabsynth",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Make a shareable synthetic copy of a regulated table, and find out whether it may leave the building.",
)

INTERRUPTED = 130
"""What typer returns after Ctrl-C."""

SchemaOption = Annotated[
    Path | None, typer.Option("--schema", help="Schema TOML, or SDV metadata JSON. Guessed when left out.")
]
SeedOption = Annotated[
    int | None, typer.Option("--seed", min=0, help="Same input, options and seed: same bytes.")
]
PolicyOption = Annotated[
    str | None, typer.Option("--policy", help="internal, controlled, public, or a TOML file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write the answer as JSON to stdout.")]
GeneratorOption = Annotated[
    str | None, typer.Option("--generator", help="auto, tree, copula, ctgan, autoregressive, …")
]
BudgetOption = Annotated[
    float | None,
    typer.Option("--budget", min=1, help="Seconds that --generator auto may spend on its choice."),
]
DeviceOption = Annotated[str | None, typer.Option("--device", help="auto, cpu or cuda.")]
CandidatesOption = Annotated[
    int | None,
    typer.Option(
        "--candidates",
        min=1,
        help="Drawn for each row; kept are those whose margins are nearest to people never learnt. Try 5.",
    ),
]
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="TOML with any of the options, and more.")
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", help="Source key file (64 hex digits). Made on first use when left out."),
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(
        "--ledger", help="Folder that counts attempts and keeps releases. Beside the key when left out."
    ),
]
Source = Annotated[Path, typer.Argument(help="The table: .csv, .parquet or .arrow.")]


@app.command()
def describe(
    source: Source,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the schema: .toml, or .json for SDV.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Guess the kind and the privacy role of every column, with reasons; print no value of the table."""
    from privacy import disk_errors, read_table, save_schema, to_sdv, whole_file
    from tabsynth.describe import HEADINGS, describe as guess, lines

    schema, guesses = guess(read_table(source))
    if out is not None and out.suffix.lower() == ".json":
        with disk_errors(out), whole_file(out) as draft:
            draft.write_text(json.dumps(to_sdv(schema), indent=1), encoding="utf-8")
    elif out is not None:
        save_schema(schema, out, guesses)
    if out is not None:
        say(f"wrote {out}: read it, correct it, then use it with --schema")
    if as_json:
        give(schema.model_dump(mode="json", exclude_none=True))
        return 0
    columns([HEADINGS, *lines(guesses)])
    return 0


@app.command()
def split(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="New folder for train, development and control.")],
    schema: SchemaOption = None,
    key: KeyOption = None,
) -> int:
    """Divide a table by person, for those who use another generator: train, development and control."""
    from privacy import canonical, whole_folder
    from tabsynth.source import released_frame, write_table
    from tabsynth.split import split as divide

    frame, declared = read_source(source, schema)
    sides = divide(canonical(frame, declared, table="source"), declared, key=source_key(key))
    with whole_folder(out) as draft:
        parts = {"train": sides.train, "development": sides.development, "control": sides.control.open()}
        for name, part in parts.items():
            write_table(released_frame(part, declared), draft / f"{name}.parquet")
    say(f"wrote {out}: train and development for the generator, control for the audit alone")
    return 0


@app.command()
def fit(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="The model file.")],
    schema: SchemaOption = None,
    generator: GeneratorOption = None,
    device: DeviceOption = None,
    seed: SeedOption = None,
    candidates: CandidatesOption = None,
    budget: BudgetOption = None,
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

    Of a --config file it uses generator, settings, candidates, targets, budget, device, least and seed. A
    training that may be killed: give --seed, --checkpoint and --resume, and run the same line until it ends.
    """
    from privacy import Screen, require_place
    from tabsynth.auto import AUTO
    from tabsynth.checkpoints import remove_checkpoint
    from tabsynth.config import load_config
    from tabsynth.curves import told
    from tabsynth.generators import require_saveable
    from tabsynth.resume import begun, checkpoint_of, with_checkpoint
    from tabsynth.synthesizer import Synthesizer

    require_place(out)
    run = load_config(
        config, generator=generator, candidates=candidates, budget=budget, device=device, seed=seed
    )
    if run.generator != AUTO:
        require_saveable(run.generator)
    run = with_checkpoint(run, checkpoint, resume, out)
    unfinished = checkpoint_of(run)
    if unfinished is not None:
        say(begun(unfinished))
    frame, declared = read_source(source, schema)
    synthesizer = Synthesizer.configured(run, declared)
    with Screen() as screen:
        model = synthesizer.fit(frame, screen).model
    for line in synthesizer.choice.lines() if synthesizer.choice else ():
        say(line)
    synthesizer.save(out)
    if model is not None and (outcome := told(model)):
        say(outcome)
    say(f"wrote {out}. It holds statistics of persons: keep it with the source.")
    if unfinished is not None:
        remove_checkpoint(unfinished)
        say(f"deleted the checkpoint {unfinished}, which is not for sharing")
    return 0


@app.command()
def curves(
    model: Annotated[Path, typer.Argument(help="A model file that tabsynth fit wrote.")],
    out: Annotated[Path, typer.Option("--out", help="The picture: .svg or .png.")],
) -> int:
    """Draw how a training went: losses and distance to development by epoch, and which epoch was kept."""
    from privacy import require_place
    from tabsynth.artifact import Model
    from tabsynth.curves import draw_curves, history_of, require_format

    require_place(out)
    require_format(out)
    learnt = Model.load(model)
    draw_curves(history_of(learnt), f"Training of a {learnt.name} model", out)
    say(f"wrote {out}")
    return 0


@app.command()
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
    from privacy import Screen
    from tabsynth.asked.shares import read_shares
    from tabsynth.source import require_writable, write_table
    from tabsynth.synthesizer import Synthesizer

    require_writable(out)
    shares = read_shares(share) if share else None
    synthesizer = Synthesizer.load(model)
    with Screen() as screen:
        frame = synthesizer.sample(rows, where, shares, seed, screen)
    write_table(frame, out)
    say(f"wrote {len(frame)} rows to {out}; not audited")
    return 0


@app.command()
def audit(
    train: Annotated[Path, typer.Option("--train", help="What the generator learnt.")],
    control: Annotated[
        Path, typer.Option("--control", help="A random part of the same source, never learnt.")
    ],
    synthetic: Annotated[Path, typer.Option("--synthetic", help="What would leave the building.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for audit.json and report.html.")],
    schema: SchemaOption = None,
    policy: PolicyOption = None,
    seed: SeedOption = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option("--earlier", help="Released before from the same source; audited together. Repeatable."),
    ] = None,
    attempt: Annotated[
        int | None,
        typer.Option("--attempt", min=1, help="Which audit of this source it is, if you keep count."),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Inspect anybody's synthetic table: pass (exit 0), fail (1) or inconclusive (3)."""
    from privacy import inspect_files

    return inspect_files(
        train,
        control,
        synthetic,
        out,
        schema=schema,
        policy=policy or "controlled",
        seed=seed,
        attempt=attempt,
        earlier=earlier or (),
        as_json=as_json,
    )


@app.command()
def report(
    source: Annotated[Path, typer.Argument(help="An audit.json.")],
    out: Annotated[Path, typer.Option("--out", help="The report: .html or .md.")],
) -> int:
    """Draw the report of a saved audit again, without the data."""
    from privacy import audit_files, disk_errors, load_audit, whole_file

    wanted = {".html": "report.html", ".md": "report.md"}.get(out.suffix.lower())
    if wanted is None:
        raise ConfigError("the report is written as .html or .md", where=str(out))
    content = audit_files(load_audit(source))[wanted]
    with disk_errors(out), whole_file(out) as draft:
        draft.write_bytes(content)
    say(f"wrote {out}")
    return 0


@app.command()
def release(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="New folder for the bundle, or for the audit alone.")],
    schema: SchemaOption = None,
    config: ConfigOption = None,
    generator: GeneratorOption = None,
    rows: Annotated[int | None, typer.Option("--rows", min=1, help="As many as train when left out.")] = None,
    policy: PolicyOption = None,
    candidates: CandidatesOption = None,
    budget: BudgetOption = None,
    device: DeviceOption = None,
    seed: SeedOption = None,
    key: KeyOption = None,
    ledger: LedgerOption = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write data.csv beside data.parquet.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Split, learn, sample and audit; write the bundle only if the verdict is pass.

    Every attempt on a source is counted in its ledger and harder to pass than the one before.
    """
    from privacy import Screen, require_new, tell_verdict
    from tabsynth.config import load_config
    from tabsynth.ledger import Ledger, ledger_folder
    from tabsynth.release import release as run

    require_new(out)
    settings = load_config(
        config,
        generator=generator,
        rows=rows,
        candidates=candidates,
        budget=budget,
        policy=policy,
        device=device,
        seed=seed,
        csv=csv or None,
    )
    frame, declared = read_source(source, schema)
    secret = source_key(key)
    with Screen() as screen:
        done = run(
            frame, declared, settings, secret, out, screen, Ledger(ledger or ledger_folder(key), secret)
        )
    for line in done.choice.lines():
        say(line)
    say(f"attempt {done.audit.attempt} on this source; released before: {done.audit.earlier_releases}")
    say(", ".join(f"{stage} {spent:.1f} s" for stage, spent in done.seconds.items()))
    if done.manifest is not None:
        say(f"bundle: {out}, manifest_sha256 {done.manifest.manifest_sha256}")
    else:
        say("no data were written")
    return tell_verdict(done.audit, out, as_json)


@app.command()
def ledger(
    key: KeyOption = None,
    folder: LedgerOption = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", help="A released bundle: is it in this ledger?")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Check a ledger, entry by entry, and print it: attempts, verdicts, releases."""
    from tabsynth.ledger import Ledger, ledger_folder, require_release
    from tabsynth.ledger_view import HEADINGS, lines

    place = folder or ledger_folder(key)
    if not place.is_dir():
        raise ConfigError("is no ledger", where=str(place), todo="name its folder with --ledger, or the key")
    links = Ledger(place, source_key(key)).links()
    if bundle is not None:
        require_release(links, bundle)
    if as_json:
        give({"entries": [link.model_dump(mode="json") for link in links]})
    else:
        columns([HEADINGS, *lines(links)])
    say(f"verified: {len(links)} entries, each follows from the one before")
    return 0


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="The folder that tabsynth release wrote.")],
    as_json: JsonOption = False,
) -> int:
    """Check a bundle offline: every byte, and that data, schema and audit belong together."""
    from tabsynth.verify import verify as problems_of

    problems = problems_of(bundle)
    for problem in problems:
        say(f"error: {problem}")
    if not problems:
        say(f"verified: {bundle} is whole, and its audit says pass")
    if as_json:
        give({"verified": not problems, "problems": problems})
    return USAGE if problems else 0


def main() -> NoReturn:
    """Run the command line; a user's mistake is one line and exit 2, ours is exit 70."""
    run_command(_dispatch)


def _dispatch() -> int:
    try:
        code = app(standalone_mode=False) or 0
    except TyperException as error:
        raise ConfigError(error.format_message()) from None
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return int(code)
