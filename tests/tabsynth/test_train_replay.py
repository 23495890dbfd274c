"""Recorded training steps. What a recording asks of a step is tested beside the step."""

from __future__ import annotations

import pytest
import torch

from tabsynth.train.replay import replayed


def test_without_a_gpu_a_step_is_itself() -> None:
    def step() -> None: ...

    assert replayed(step, torch.device("cpu"), torch.Generator()) is step


@pytest.mark.cuda
@pytest.mark.parametrize("reads_back", [False, True])
def test_a_replayed_step_draws_and_adds_what_a_plain_one_does(reads_back: bool) -> None:
    """Also one that cannot be recorded, for it reads a value back."""
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    device = torch.device("cuda")

    def walk(by_replay: bool) -> torch.Tensor:
        source, place = torch.Generator(device).manual_seed(3), torch.zeros(5, device=device)

        def step() -> None:
            place.mul_(0.5).add_(torch.rand(5, generator=source, device=device))
            if reads_back:
                assert float(place.sum()) >= 0

        taken = replayed(step, device, source) if by_replay else step
        places = []
        for _ in range(10):
            taken()
            places.append(place.clone())
        return torch.stack(places)

    assert torch.equal(walk(by_replay=True), walk(by_replay=False))
