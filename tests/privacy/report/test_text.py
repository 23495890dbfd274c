"""Numbers and scales as a reader sees them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from privacy.report.drawings import decades, linear, lines
from privacy.report.text import MINUS, NO_BREAK, decimal, number, probability, share, visible
from privacy.result import Audit, Picture

SCHEMA = Path(__file__).parents[3] / "reports" / "schema" / "audit.schema.json"


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0 %"), (0.5, "50.0 %"), (0.0123, "1.2 %"), (0.00123, "0.12 %"), (0.000123, "0.012 %"),
     (0.0000012, "under 0.001 %"), (-0.02, f"{MINUS}2.0 %"), (1, "100.0 %")],
)  # fmt: skip
def test_shares(value: float, written: str) -> None:
    assert share(value) == written.replace(" %", f"{NO_BREAK}%")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (12345, "12,345"),
        (0.04123, "0.0412"),
        (-1.5, f"{MINUS}1.50"),
        (98765.4, "98,765"),
        (1e-9, "1e-09"),
    ],
)
def test_plain_numbers(value: float, written: str) -> None:
    assert number(value) == written


def test_decimals_and_probabilities() -> None:
    assert decimal(0.0494) == "0.049" and decimal(-0.2) == f"{MINUS}0.200" and decimal(-0.0001) == "0.000"
    assert probability(0.0004).replace(NO_BREAK, " ") == "p < 0.001"
    assert probability(0.3111).replace(NO_BREAK, " ") == "p = 0.31"


def test_foreign_text_is_one_short_line() -> None:
    assert visible("a\nb\t\x1b[0m\u202e") == "a\\nb\\t\\x1b[0m\\u202e"
    assert len(visible("x" * 300)) == 80 and visible("x" * 300).endswith("…")


@pytest.mark.parametrize("values", [[0.0], [0.3, 0.7], [-5, 12], [1e-9], [1e6, 2e6], [0.98], [-0.001]])
def test_a_linear_scale_holds_zero_and_its_values_between_round_ticks(values: list[float]) -> None:
    scale = linear(values)
    assert scale.low <= min(*values, 0) and scale.high >= max(*values, 0) and scale.low < scale.high
    assert 2 <= len(scale.ticks) <= 8 and scale.ticks[0] == pytest.approx(scale.low)
    assert [scale.at(scale.low), scale.at(scale.high)] == [0, 100]
    assert scale.at(scale.high + 1e9) == 100


def test_a_logarithmic_scale_has_equal_steps() -> None:
    scale = decades([0.002, 0.03])
    assert (scale.low, scale.high) == (0.001, 0.05)
    steps = [scale.at(0.02) - scale.at(0.002), scale.at(0.01) - scale.at(0.001)]
    assert steps[0] == pytest.approx(steps[1], abs=0.05)
    assert decades([]).low < 0.01 < decades([]).high


def test_a_plot_of_wide_ranging_x_is_logarithmic() -> None:
    def first_gap(x: tuple[float, ...]) -> float:
        drawn = str(lines(Picture(kind="lines", title="t", x=x, series={"s": (0.1,) * len(x)})))
        places = [float(place) for place in re.findall(r'<circle cx="([\d.]+)%"', drawn)]
        return (places[1] - places[0]) / (places[-1] - places[0])

    assert first_gap((10, 100, 1000)) == pytest.approx(0.5, abs=0.01)
    assert first_gap((10, 20, 30)) == pytest.approx(0.5, abs=0.01)


def test_sample_audits_follow_the_committed_schema(audits: dict[str, Audit]) -> None:
    check = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for audit in audits.values():
        check.validate(json.loads(audit.model_dump_json()))
