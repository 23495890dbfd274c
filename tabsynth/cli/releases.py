"""The verbs for what leaves the building: make it, count it, check it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacy import USAGE, ConfigError, give, say
from tabsynth.cli.options import (
    BudgetOption,
    CandidatesOption,
    ConfigOption,
    DeviceOption,
    GeneratorOption,
    JsonOption,
    KeyOption,
    LedgerOption,
    PolicyOption,
    PublicKeyOption,
    RulesOption,
    SchemaOption,
    SeedOption,
    SignOption,
    Source,
    TargetsOption,
)
from tabsynth.cli.parts import columns, read_source, source_key

if TYPE_CHECKING:
    from tabsynth.release import Release


def release(
    source: Source,
    out: Annotated[Path, typer.Option("--out", help="New folder for the bundle, or for the audit alone.")],
    schema: SchemaOption = None,
    config: ConfigOption = None,
    generator: GeneratorOption = None,
    rows: Annotated[int | None, typer.Option("--rows", min=1, help="As many as train when left out.")] = None,
    policy: PolicyOption = None,
    candidates: CandidatesOption = None,
    targets: TargetsOption = None,
    budget: BudgetOption = None,
    rules: RulesOption = None,
    device: DeviceOption = None,
    seed: SeedOption = None,
    key: KeyOption = None,
    ledger: LedgerOption = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write data.csv beside data.parquet.")] = False,
    sign: SignOption = None,
    as_json: JsonOption = False,
) -> int:
    """Split, learn, sample and audit; write the bundle only if the verdict is pass.

    Every attempt on a source is counted in its ledger and harder to pass than the one before.
    """
    from privacy import Screen, known_policy, require_new, tell_verdict
    from tabsynth.config import load_config
    from tabsynth.ledger import Ledger, ledger_folder
    from tabsynth.lineage.signing import load_signer
    from tabsynth.release import release as run

    require_new(out)
    settings = load_config(
        config,
        generator=generator,
        rows=rows,
        candidates=candidates,
        targets=targets,
        budget=budget,
        rules=rules,
        policy=policy,
        device=device,
        seed=seed,
        csv=csv or None,
    )
    known_policy(settings.policy)
    signer = load_signer(sign) if sign else None
    table = read_source(source, schema)
    secret = source_key(key)
    books = Ledger(ledger or ledger_folder(key), secret)
    with Screen() as screen:
        done = run(
            table.frame,
            table.schema,
            settings,
            secret,
            out,
            screen,
            books,
            lineage=table.lineage,
            real_rows=table.marks.which_are_real(),
            signer=signer,
        )
    _tell(done, out)
    return tell_verdict(done.audit, out, as_json)


def _tell(done: Release, out: Path) -> None:
    """How the rows were made, what the attempt was, and where it lies."""
    from privacy import one_line
    from tabsynth.manifest import told_of_signature

    for line in (*done.made.choice.lines(), *done.made.lines()):
        say(one_line(line, 400))
    say(f"attempt {done.audit.attempt} on this source; released before: {done.audit.earlier_releases}")
    say(", ".join(f"{stage} {spent:.1f} s" for stage, spent in done.seconds.items()))
    if done.manifest is None:
        say("no data were written; the next attempt has smaller limits, and needs more than this one did")
        return
    say(f"bundle: {out}, manifest_sha256 {done.manifest.manifest_sha256}")
    say(told_of_signature(done.manifest))


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


def verify(
    made: Annotated[
        Path,
        typer.Argument(
            metavar="bundle", help="The folder of a release, or a table with a statement beside it."
        ),
    ],
    public_key: PublicKeyOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check a bundle offline: every byte, whose signature it bears, and that all its files belong together.

    Of a table that is no release, such as a blend, the statement beside it is checked.
    """
    from tabsynth.lineage.reading import verify_table
    from tabsynth.lineage.signing import load_public_key
    from tabsynth.verify import verify as problems_of

    key = load_public_key(public_key) if public_key else None
    problems = verify_table(made, key) if made.is_file() else problems_of(made, key)
    for problem in problems:
        say(f"error: {problem}")
    if not problems:
        _say_verified(made, checked=key is not None)
    if as_json:
        give({"verified": not problems, "problems": problems})
    return USAGE if problems else 0


def _say_verified(made: Path, checked: bool) -> None:
    from tabsynth.manifest import told_of_signature
    from tabsynth.verify import read_manifest

    if made.is_file():
        whose = (
            "signed by the key given"
            if checked
            else "whoever wrote that: --public-key asks whose signature it bears"
        )
        say(f"verified: {made} is as the statement beside it says, {whose}")
        say("it is no release: nothing of it is audited")
        return
    say(f"verified: {made} is whole, and its audit says pass")
    manifest = read_manifest(made)
    if not isinstance(manifest, str):
        say(told_of_signature(manifest, checked=checked))
