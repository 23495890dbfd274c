"""The verbs, and the only place that prints: stdout is data, stderr is talk.

Every verb returns its exit code: 0 pass or done, 1 fail, 2 bad input or usage, 3 inconclusive, 70 our fault.
Heavy modules load inside the verbs, so that --help answers at once. A new verb is a function in the file of its
subject, and a name in `VERBS`.
"""

from __future__ import annotations

from typing import NoReturn

import typer
from typer.exceptions import TyperException

from privacy import ConfigError, run_command
from tabsynth.cli.audits import audit, report
from tabsynth.cli.blend import blend
from tabsynth.cli.collapse import collapse
from tabsynth.cli.evaluations import evaluate
from tabsynth.cli.lineage import keygen, lineage
from tabsynth.cli.models import curves, fit, sample
from tabsynth.cli.releases import ledger, release, verify
from tabsynth.cli.tables import describe, rules, split

VERBS = (
    *(describe, rules, split, fit, curves, sample, blend, collapse),
    *(audit, report, evaluate),
    *(keygen, release, ledger, verify, lineage),
)
"""In the order of the work."""

INTERRUPTED = 130
"""What typer returns after Ctrl-C."""

app = typer.Typer(
    name="tabsynth",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Make a shareable synthetic copy of a regulated table, and find out whether it may leave the building.",
)
for verb in VERBS:
    app.command()(verb)


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
