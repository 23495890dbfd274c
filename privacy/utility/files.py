"""Three files in, a folder with the evaluation out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from privacy.command import give, say
from privacy.errors import SourceError
from privacy.folders import require_new, whole_folder
from privacy.progress import Screen
from privacy.schema_file import load_schema
from privacy.tables import read_table
from privacy.utility.evaluator import SMALLEST, evaluate
from privacy.utility.page import render_html, render_markdown
from privacy.utility.result import Evaluation

EVALUATION_FILES = frozenset({"evaluation.json", "evaluation.html", "evaluation.md"})


def evaluate_files(
    real: Path,
    synthetic: Path,
    control: Path,
    out: Path,
    *,
    target: str,
    schema: Path | None = None,
    time: str | None = None,
    groups: Sequence[str] = (),
    left_out: Sequence[str] = (),
    smallest: float = SMALLEST,
    seed: int | None = None,
    as_json: bool = False,
) -> int:
    """Evaluate three files into the folder `out`; 0 whatever the answer is, since nothing hangs on it."""
    require_new(out, EVALUATION_FILES)
    declared = load_schema(schema) if schema is not None else None
    ours, drawn, held_back = (read_table(path) for path in (real, synthetic, control))
    with Screen() as screen:
        found = evaluate(
            ours,
            drawn,
            held_back,
            target,
            declared,
            time=time,
            groups=groups,
            left_out=left_out,
            smallest=smallest,
            random_state=seed,
            on_event=screen,
        )
    with whole_folder(out, replacing=EVALUATION_FILES) as draft:
        for name, content in evaluation_files(found).items():
            (draft / name).write_bytes(content)
    say(f"{found.verdict.answer.upper()} - {found.verdict.sentence}")
    for line in found.verdict.reasons:
        say(f"  {line}")
    say(f"report: {out / 'evaluation.html'}")
    if as_json:
        give({**found.verdict.model_dump(mode="json"), "out": str(out)})
    return 0


def evaluation_files(evaluation: Evaluation) -> dict[str, bytes]:
    """The three files of an evaluation by name; equal evaluations give equal bytes."""
    return {
        "evaluation.json": (evaluation.model_dump_json(indent=1) + "\n").encode(),
        "evaluation.html": render_html(evaluation).encode(),
        "evaluation.md": render_markdown(evaluation).encode(),
    }


def load_evaluation(path: Path) -> Evaluation:
    """The evaluation of a JSON file; SourceError when it is not one."""
    try:
        return Evaluation.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except ValidationError:
        raise SourceError(
            "is not an evaluation of this version",
            where=str(path),
            todo="name an evaluation.json that tabsynth wrote",
        ) from None
