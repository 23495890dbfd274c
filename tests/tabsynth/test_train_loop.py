"""The training loop on a learner small enough to follow by hand, and the distance that stops it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from privacy import ConfigError, Event, SourceError, TrainingError, silent
from tabsynth.checkpoints import read_checkpoint, write_checkpoint
from tabsynth.domain import Axis, Domain, Encoded
from tabsynth.train import Plan, choose_device, train
from tabsynth.train.progress import progress_tensors, restore_progress
from tabsynth.train.score import Distance


class Walker:
    """A learner whose weight is the epoch it has reached and whose scores are told beforehand."""

    def __init__(self, scores: list[float | None], losses: list[float] | None = None) -> None:
        self.at = torch.zeros(1)
        self.scores, self.losses = scores, losses or [0.5] * len(scores)

    def run_epoch(self) -> dict[str, float]:
        self.at += 1
        return {"walk": self.losses[int(self.at) - 1]}

    def score(self) -> float | None:
        return self.scores[int(self.at) - 1]

    def weights(self) -> dict[str, Tensor]:
        return {"at": self.at}

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        self.at = weights["at"].clone()

    def progress(self) -> dict[str, Tensor]:
        return {"step": self.at}

    def load_progress(self, progress: Mapping[str, Tensor]) -> None:
        assert torch.equal(progress["step"], self.at)


def test_the_best_epoch_is_kept_and_patience_ends_the_training() -> None:
    learner = Walker([0.9, 0.4, 0.5, 0.6, 0.3, 0.2])
    history = train(learner, Plan(epochs=6, patience=2), silent)
    assert (history.epochs, history.best_epoch, history.stopped_early) == (4, 2, True)
    assert learner.at.item() == 2
    assert history.facts()["scores"] == [0.9, 0.4, 0.5, 0.6]


def test_without_patience_all_epochs_run_and_the_best_is_kept() -> None:
    learner = Walker([0.9, 0.4, 0.5, 0.6, 0.3, 0.8])
    history = train(learner, Plan(epochs=6), silent)
    assert (history.epochs, history.best_epoch, history.stopped_early) == (6, 5, False)
    assert learner.at.item() == 5


def test_without_scores_the_last_weights_are_kept() -> None:
    learner = Walker([None] * 3)
    assert train(learner, Plan(epochs=3, patience=1), silent).best_epoch == 3
    assert learner.at.item() == 3


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_loss_or_score_that_is_no_number_stops_with_its_epoch(broken: float) -> None:
    with pytest.raises(TrainingError, match=r"epoch 2: walk is not a finite number; go slower"):
        train(Walker([0.5, 0.4, 0.3], [0.1, broken, 0.1]), Plan(epochs=3, advice="go slower"), silent)
    with pytest.raises(TrainingError, match=r"epoch 3: score"):
        train(Walker([0.5, 0.4, broken]), Plan(epochs=3), silent)


def test_every_epoch_is_an_event_with_losses_and_score() -> None:
    events: list[Event] = []
    train(Walker([0.9, 0.4]), Plan(epochs=2, device="cpu"), events.append)
    assert [(event.stage, event.done, event.total) for event in events] == [
        ("training", 1, 2),
        ("training", 2, 2),
    ]
    assert events[1].note == "cpu, distance 0.4000, best 0.4000 in epoch 2, walk 0.500"


def test_a_training_that_stops_early_is_done_then() -> None:
    events: list[Event] = []
    train(Walker([0.4, 0.5, 0.6, 0.1]), Plan(epochs=4, patience=2), events.append)
    assert (events[-1].done, events[-1].total) == (3, 3)
    assert events[-1].note.startswith(
        "distance 0.6000, best 0.4000 in epoch 1, no better for 2 epochs: stopped"
    )


def test_resuming_goes_on_from_the_last_checkpoint_with_the_history_so_far(tmp_path: Path) -> None:
    scores: list[float | None] = [0.9, 0.4, 0.5, 0.6, 0.3, 0.8]
    path = tmp_path / "half"

    def stop_in_four(event: Event) -> None:
        if event.done == 4:
            raise KeyboardInterrupt

    plan = Plan(epochs=6, checkpoint=path, checkpoint_every=3, resume=True)
    with pytest.raises(KeyboardInterrupt):
        train(Walker(scores), plan, stop_in_four)
    parts, facts = read_checkpoint(path)
    assert parts["weights"]["at"].item() == 3
    assert parts["best"]["at"].item() == 2
    assert facts["history"]["scores"] == [0.9, 0.4, 0.5]
    learner = Walker(scores)
    seen: list[int] = []
    history = train(learner, plan, lambda event: seen.append(event.done))
    assert seen == [4, 5, 6]
    assert history.facts() == train(Walker(scores), Plan(epochs=6), silent).facts()
    assert learner.at.item() == 5


def test_a_finished_training_resumes_to_itself_and_may_be_prolonged(tmp_path: Path) -> None:
    plan = Plan(epochs=2, checkpoint=tmp_path / "half", resume=True)
    train(Walker([0.9, 0.4]), plan, silent)
    again = Walker([])
    assert train(again, plan, silent).epochs == 2
    assert again.at.item() == 2
    longer = Plan(epochs=3, checkpoint=tmp_path / "half", resume=True)
    assert train(Walker([0.0, 0.0, 0.1]), longer, silent).best_epoch == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"device": "cuda"}, "another device"),
        ({"identity": {"seed": 2}}, "another table, seed or setting"),
        ({"epochs": 2}, "of epoch 3, where this training would have ended"),
        ({"patience": 1}, "of epoch 3, where this training would have ended"),
    ],
)
def test_a_checkpoint_that_this_training_would_not_have_made_is_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    same: dict[str, Any] = {"epochs": 3, "checkpoint": tmp_path / "half", "device": "cpu"}
    train(Walker([0.4, 0.5, 0.3]), Plan(**same), silent)
    with pytest.raises(ConfigError, match=words):
        train(Walker([]), Plan(**{**same, "resume": True, **change}), silent)


def test_a_checkpoint_of_other_networks_is_a_user_error(tmp_path: Path) -> None:
    plan = Plan(epochs=3, checkpoint=tmp_path / "half", resume=True)
    held = {"identity": {"device": ""}, "history": {"losses": [{"walk": 0.5}]}}
    for parts, facts in (({"weights": {}}, held), ({"weights": {}}, {"identity": {"device": ""}})):
        write_checkpoint(tmp_path / "half", parts, facts)
        with pytest.raises(ConfigError, match="not a readable checkpoint"):
            train(Walker([]), plan, silent)


def test_slow_epochs_are_kept_before_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tabsynth.train.loop.LONGEST_UNSAVED", 0.0)
    kept: list[int] = []

    def look(event: Event) -> None:
        kept.append(len(read_checkpoint(tmp_path / "half")[1]["history"]["losses"]))

    train(Walker([0.4, 0.5, 0.3]), Plan(epochs=3, checkpoint=tmp_path / "half"), look)
    assert kept == [1, 2, 3]


def test_a_checkpoint_is_for_its_owner_only_and_leaves_no_scraps(tmp_path: Path) -> None:
    path = tmp_path / "half"
    write_checkpoint(path, {"weights": {"a.b/c": torch.arange(3)}}, {"epoch": 1})
    write_checkpoint(path, {"weights": {"a.b/c": torch.arange(4)}}, {"epoch": 2})
    assert [found.name for found in tmp_path.iterdir()] == ["half"]
    assert path.stat().st_mode & 0o077 == 0
    parts, facts = read_checkpoint(path)
    assert parts["weights"]["a.b/c"].tolist() == [0, 1, 2, 3]
    assert facts == {"epoch": 2}


def test_a_checkpoint_that_cannot_be_written_or_read_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be written"):
        write_checkpoint(tmp_path / "absent" / "half", {"weights": {}}, {})
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="cannot be written"):
        write_checkpoint(tmp_path / "file" / "half", {"weights": {}}, {})
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\x80\x04garbage that is no checkpoint")
    with pytest.raises(ConfigError, match="not a readable checkpoint"):
        read_checkpoint(garbage)
    path = tmp_path / "half"
    write_checkpoint(path, {"weights": {"a": torch.arange(300)}}, {})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ConfigError, match="not a readable checkpoint"):
        read_checkpoint(path)


def test_network_optimiser_and_chance_go_on_as_if_nothing_had_happened() -> None:
    def begun() -> tuple[dict[str, torch.nn.Module | torch.optim.Optimizer], torch.Generator]:
        network = torch.nn.Linear(2, 1)
        return {"line": network, "adam": torch.optim.Adam(network.parameters(), lr=0.1)}, torch.Generator()

    def stepped(parts: dict[str, Any], source: torch.Generator, steps: int) -> Tensor:
        for _ in range(steps):
            loss = parts["line"](torch.randn(4, 2, generator=source)).square().mean()
            parts["adam"].zero_grad()
            loss.backward()
            parts["adam"].step()
        return torch.cat([parts["line"].weight[0], parts["line"].bias]).detach()

    parts, source = begun()
    stepped(parts, source, 3)
    kept = {name: tensor.clone() for name, tensor in progress_tensors(parts, source, 3).items()}
    assert {"line.weight", "adam.0.exp_avg", "adam.1.step", "source", "taken"} <= set(kept)
    others, other_source = begun()
    assert restore_progress(others, other_source, kept) == 3
    assert torch.equal(stepped(parts, source, 3), stepped(others, other_source, 3))


def test_progress_of_another_training_is_refused() -> None:
    network, source = torch.nn.Linear(2, 1), torch.Generator()
    kept = progress_tensors({"line": network}, source, 0)
    with pytest.raises(RuntimeError):
        restore_progress({"curve": network}, source, kept)
    with pytest.raises(RuntimeError):
        restore_progress({"line": torch.nn.Linear(3, 1)}, source, kept)
    with pytest.raises(KeyError):
        restore_progress({"line": network}, source, {n: t for n, t in kept.items() if n != "source"})


def test_the_device_is_chosen_with_a_reason() -> None:
    device, why = choose_device("cpu")
    assert (device.type, why) == ("cpu", "cpu, as asked")
    device, why = choose_device("auto")
    assert device.type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert why.startswith(device.type)
    with pytest.raises(ConfigError, match="no device is called"):
        choose_device("tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_asked_but_absent_is_refused() -> None:
    with pytest.raises(ConfigError, match="no CUDA device was found; choose device auto or cpu"):
        choose_device("cuda")


def _pair(first: list[int], second: list[int]) -> Encoded:
    axis = Axis(plain=2, edges=np.empty(0))
    codes = np.stack([first, second], axis=1).astype(np.int32)
    return Encoded(Domain((axis, axis)), codes, np.zeros(codes.shape, dtype=np.float32))


def test_the_distance_by_hand() -> None:
    """Equal columns of a coin, against independent coins: columns agree, half of the pairs are misplaced."""
    tied = _pair([0, 0, 1, 1], [0, 0, 1, 1])
    free = _pair([0, 0, 1, 1], [0, 1, 0, 1])
    one_sided = _pair([0, 0, 0, 0], [0, 0, 1, 1])
    distance = Distance(tied)
    assert distance(tied) == 0
    assert distance(free) == pytest.approx(0.5)
    assert distance(one_sided) == pytest.approx((0.5 + 0) / 2 + 0.5)


def test_the_distance_of_a_fresh_draw_is_small_and_of_a_shifted_one_large() -> None:
    axis = Axis(plain=1, edges=np.linspace(0, 1, 31), missing=True)

    def draw(seed: int, power: float) -> Encoded:
        rng = np.random.default_rng(seed)
        codes = np.minimum(1 + (rng.random((3_000, 3)) ** power * 30).astype(np.int32), 30)
        codes[rng.random((3_000, 3)) < 0.1] = 0
        return Encoded(Domain((axis,) * 3), codes, np.zeros(codes.shape, dtype=np.float32))

    distance = Distance(draw(0, 1.0))
    assert distance(draw(1, 1.0)) < 0.2 < 0.5 < distance(draw(1, 3.0))
