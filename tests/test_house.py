"""The walls of the house: who loads whom, how big a room may be, and what no message may promise."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = sorted([*ROOT.glob("privacy/**/*.py"), *ROOT.glob("tabsynth/**/*.py")])


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_the_customs_house_stands_alone():
    loaded = loaded_by("import privacy; privacy.audit; privacy.guess_schema; privacy.read_table")
    assert "privacy.auditor" in loaded
    assert not loaded & {"torch", "sdv", "ctgan", "anonymeter", "sdmetrics", "tabsynth"}


def test_help_loads_nothing_heavy():
    loaded = loaded_by("import tabsynth.cli")
    assert not loaded & {"torch", "pandas", "sklearn", "numba", "scipy", "matplotlib", "sdv"}


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_fits_in_the_head(room):
    text = room.read_text()
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 70, f"{room.name}: {node.name} is longer than a screen"


def test_the_workshop_takes_from_the_customs_house_only_what_its_door_names():
    import privacy

    for room in ROOT.glob("tabsynth/**/*.py"):
        for node in ast.walk(ast.parse(room.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "privacy":
                assert node.module == "privacy", f"{room.name} goes in by the window"
                assert {name.name for name in node.names} <= set(privacy.__all__), room.name


def test_no_model_or_cache_format_that_runs_code_on_opening():
    for room in ROOMS:
        names = {node.id for node in ast.walk(ast.parse(room.read_text())) if isinstance(node, ast.Name)}
        assert not names & {"pickle", "cloudpickle", "dill", "eval", "exec"}, room
