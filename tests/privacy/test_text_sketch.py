"""Sketches estimate how alike two texts are, and nothing but the texts decides them."""

import numpy as np
import pandas as pd
import pytest

from privacy.ruler import Ruler
from privacy.text_sketch import SKETCH, sketches


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of the sets of three-letter runs, padded at both ends."""
    first, second = (
        {text[i : i + 3] for i in range(len(text) - 2)}
        for text in (f"\0\0{word.casefold()}\0\0" for word in (one, other))
    )
    return len(first & second) / len(first | second)


def test_the_share_of_equal_prints_estimates_the_similarity() -> None:
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghij "))
    words = ["".join(rng.choice(letters, 40)) for _ in range(300)]
    other = [word[:15] + "ZZZ" + word[18:] for word in words]
    equal = (sketches(words) == sketches(other)).mean()
    expected = np.mean([similarity(*pair) for pair in zip(words, other, strict=True)])
    assert equal == pytest.approx(expected, abs=0.04)
    strangers = (sketches(words) == np.roll(sketches(words), 1, axis=0)).mean()
    assert strangers < 0.1 < expected


def test_case_empty_texts_and_odd_characters() -> None:
    found = sketches(["O'Brien", "o'brien", "", "\ud800 lone surrogate", "名前 🎉", "a"])
    assert found.shape == (6, SKETCH)
    assert (found[0] == found[1]).all()
    assert sketches([]).shape == (0, SKETCH)


def test_a_long_column_of_many_words_is_a_text_and_stands_last() -> None:
    rng = np.random.default_rng(0)
    addresses = [f"{number} Long Street, Springfield" for number in rng.permutation(200)]
    frame = pd.DataFrame({"address": addresses, "area": ["A01", "B02"] * 100, "age": np.arange(200.0)})
    frame.loc[3, "address"] = None
    frame = frame.astype({"address": object, "area": object})
    ruler = Ruler.fit(frame)
    assert ruler.texts == ("address",)
    assert ruler.coded == ("area", "address")
    at = ruler.measure(frame)
    assert (at.prints >= 0).all()
    changed = frame.assign(address=frame["address"].str.replace("Street", "Strxxt"))
    prints = ruler.measure(changed).prints
    assert 0.3 < (prints == at.prints).mean() < 0.95, "near, not equal"
    assert (prints[3] == at.prints[3]).all(), "missing stays missing"
    assert ruler.only(at, ["area"]).prints.shape == (200, 0, SKETCH)
