"""The edge of the house, where errors become exit codes and one line on stderr."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from privacy.errors import UserError

EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}
USAGE, OUR_FAULT = 2, 70


def run_command(command: Callable[[], int]) -> NoReturn:
    """Run a command to its exit: 0 pass or done, 1 leak, 2 bad input or usage, 3 inconclusive, 70 our fault."""
    _interrupt_once()
    try:
        code = command()
    except UserError as error:
        code = _refuse(str(error))
    except KeyboardInterrupt:
        code = _refuse("interrupted: no result was written")
    except MemoryError:
        code = _refuse("not enough memory for this table; use fewer rows or columns, or a larger machine")
    except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is our fault
        code = _our_fault(error)
    sys.exit(code)


def _interrupt_once() -> None:
    """The first Ctrl-C stops the work, further ones do not disturb the clearing up."""

    def stop(signum: int, frame: object) -> NoReturn:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, stop)


def say(line: str) -> None:
    """Talk, to stderr."""
    sys.stderr.write(line + "\n")


def give(content: dict[str, Any]) -> None:
    """Data, as one line of JSON to stdout."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")


def _refuse(line: str) -> int:
    say(f"error: {line}")
    return USAGE


def _our_fault(error: Exception) -> int:
    """Where it happened, without the message: the text of a foreign error may quote the table."""
    if os.environ.get("TABSYNTH_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    say(f"internal error: {type(error).__name__} at {place}; please report it (TABSYNTH_DEBUG=1 shows more)")
    return OUR_FAULT
