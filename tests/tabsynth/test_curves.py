"""The curves of a training, and the line that tells how it went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from tabsynth import Synthesizer
from tabsynth.artifact import Model
from tabsynth.curves import draw_curves, told
from tabsynth.train import History

STOPPED = History(
    losses=[{"critic": -1.0, "generator": 0.5 / epoch} for epoch in range(1, 6)],
    scores=[0.9, 0.4, 0.3, 0.35, 0.36],
    best_epoch=3,
    stopped_early=True,
)
TINY = {
    **{"epochs": 2, "batch_size": 50, "embedding_dim": 4, "generator_dim": [4], "critic_dim": [4]},
    "modes": 1,
}


@pytest.fixture
def learnt(people: Callable[[int, int], pd.DataFrame], people_schema: Any) -> Callable[..., Model]:
    """`learnt("copula", …)`: a model of three hundred people."""

    def make(generator: str, **settings: Any) -> Model:
        model = Synthesizer(generator, people_schema, random_state=1, **settings).fit(people(300, 1)).model
        assert model is not None
        return model

    return make


def drawn(history: History, file: Path) -> ElementTree.Element:
    draw_curves(history, "Training of a ctgan model", file)
    return ElementTree.fromstring(file.read_bytes())


def comments(file: Path) -> str:
    """Texts are drawn as outlines; what they say stands before them as a comment."""
    return " ".join(line.strip() for line in file.read_text().splitlines() if "<!--" in line)


def panels(picture: ElementTree.Element) -> int:
    return sum(part.get("id", "").startswith("axes_") for part in picture.iter())


def test_scores_and_losses_have_a_panel_each_with_words_for_axes_and_marks(tmp_path: Path) -> None:
    file = tmp_path / "curves.svg"
    assert panels(drawn(STOPPED, file)) == 2
    for words in (
        "Training of a ctgan model",
        "epoch (one pass over the training rows)",
        "distance to development",
        "lower is better",
        "kept: epoch 3, distance 0.3000",
        "stopped early: 2 epochs without a better one",
        "critic",
        "generator",
    ):
        assert words in comments(file), words


def test_without_scores_there_are_losses_alone(tmp_path: Path) -> None:
    file = tmp_path / "curves.svg"
    assert panels(drawn(History(STOPPED.losses, [], 5, False), file)) == 1
    assert "stopped early" not in comments(file)


def test_the_same_history_gives_the_same_bytes_and_leaves_the_style_alone(tmp_path: Path) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    for ending in ("svg", "png"):
        first, again = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
        for file in (first, again):
            draw_curves(STOPPED, "A training", file)
        assert first.read_bytes() == again.read_bytes()
    assert dict(matplotlib.rcParams) == before


def test_the_command_draws_a_model_file_and_refuses_what_has_no_epochs(
    tmp_path: Path, tabsynth: Callable[..., Any], learnt: Callable[..., Model]
) -> None:
    learnt("ctgan", device="cpu", **TINY).save(tmp_path / "ctgan")
    learnt("tree").save(tmp_path / "tree")
    outcome = tabsynth("curves", tmp_path / "ctgan", "--out", tmp_path / "curves.png")
    assert (outcome.code, outcome.data) == (0, "")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    cases = {"tree": ("out.svg", "no curves"), "ctgan": ("out.pdf", ".svg or .png"), "none": ("out.svg", "")}
    for model, (out, words) in cases.items():
        refused = tabsynth("curves", tmp_path / model, "--out", tmp_path / out)
        assert refused.code == 2
        assert refused.talk.startswith("error: ") and refused.talk.count("\n") == 1
        assert words in refused.talk
        assert not (tmp_path / out).exists()


def test_the_outcome_is_told_in_a_line(learnt: Callable[..., Model]) -> None:
    model = learnt("ctgan", device="cpu", **TINY)
    score = model.facts["history"]["scores"]
    best = model.facts["history"]["best_epoch"]
    assert told(model) == (
        f"trained 2 epochs on cpu, as asked; kept epoch {best}, distance to development {score[best - 1]:.4f}"
    )
    assert told(learnt("tree")) == ""
