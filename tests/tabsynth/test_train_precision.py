from __future__ import annotations

import pytest
import torch

from tabsynth.train.precision import is_quick_in_half, products


def test_the_precision_holds_inside_and_is_as_before_outside() -> None:
    before = torch.get_float32_matmul_precision()
    with products("medium"):
        with products("highest"):
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == "medium"
    assert torch.get_float32_matmul_precision() == before


def test_it_is_as_before_after_an_error() -> None:
    before = torch.get_float32_matmul_precision()
    with pytest.raises(ArithmeticError), products("medium"):
        raise ArithmeticError
    assert torch.get_float32_matmul_precision() == before


def test_a_device_that_does_not_multiply_is_not_quick() -> None:
    assert not is_quick_in_half(torch.device("meta"))
