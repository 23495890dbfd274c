"""Three files in, a folder with the audit out: the command that both programs share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privacy.auditor import audit
from privacy.command import EXIT_CODES, give, say
from privacy.folders import require_new, whole_folder
from privacy.limits import known_policy
from privacy.origins import origin_doubts
from privacy.progress import Screen
from privacy.record import AUDIT_FILES, audit_files
from privacy.result import Audit
from privacy.schema_file import load_schema
from privacy.tables import read_marked, read_table


def inspect_files(
    train: Path,
    control: Path,
    synthetic: Path,
    out: Path,
    *,
    schema: Path | None = None,
    policy: str = "controlled",
    seed: int | None = None,
    attempt: int | None = None,
    earlier: Sequence[Path] = (),
    as_json: bool = False,
) -> int:
    """Audit three files into the folder `out`; the exit code of the verdict.

    earlier: tables of the same source that were released before, audited together with this one. attempt: which
    audit of this source it is, where somebody keeps count; nothing here can check it.
    """
    require_new(out, AUDIT_FILES)
    rules = known_policy(policy)
    declared = load_schema(schema) if schema is not None else None
    (ours, of_train), (held_back, of_control), (drawn, of_drawn) = map(
        read_marked, (train, control, synthetic)
    )
    released = [read_table(path) for path in earlier]
    doubts = origin_doubts(of_train, of_control, of_drawn)
    for doubt in doubts:
        say(f"warning: {doubt.reason}")
    with Screen() as screen:
        result = audit(
            ours,
            held_back,
            drawn,
            declared,
            policy=rules,
            random_state=seed,
            attempt=attempt,
            earlier=released,
            further=doubts,
            on_event=screen,
        )
    with whole_folder(out, replacing=AUDIT_FILES) as draft:
        for name, content in audit_files(result).items():
            (draft / name).write_bytes(content)
    return tell_verdict(result, out, as_json)


def tell_verdict(result: Audit, out: Path, as_json: bool) -> int:
    """Say the verdict, its reasons and where the report lies; return its exit code."""
    verdict = result.verdict
    say(f"verdict: {verdict.outcome.upper()} - {verdict.sentence}")
    for line in (*verdict.reasons, *verdict.resolve):
        say(f"  {line}")
    say(f"report: {out / 'report.html'}")
    if as_json:
        give({**verdict.model_dump(mode="json"), "out": str(out)})
    return EXIT_CODES[verdict.outcome]
