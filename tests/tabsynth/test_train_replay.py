"""Recorded training steps. What a recording asks of a step is tested beside the step."""

from __future__ import annotations

import pytest
import torch

from tabsynth.train.replay import replayed


def test_without_a_gpu_a_step_is_itself() -> None:
    def step() -> None: ...

    assert replayed(step, torch.device("cpu"), torch.Generator()) is step


@pytest.mark.cuda
def test_a_recorded_step_draws_and_adds_what_an_unrecorded_one_does() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    device = torch.device("cuda")

    def walk(recorded: bool) -> torch.Tensor:
        source, place = torch.Generator(device).manual_seed(3), torch.zeros(5, device=device)

        def step() -> None:
            place.mul_(0.5).add_(torch.rand(5, generator=source, device=device))

        taken = replayed(step, device, source) if recorded else step
        places = []
        for _ in range(10):
            taken()
            places.append(place.clone())
        return torch.stack(places)

    assert torch.equal(walk(recorded=True), walk(recorded=False))
