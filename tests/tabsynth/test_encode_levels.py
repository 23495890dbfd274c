"""Words as codes: who decides what is rare, and where the rare go."""

from __future__ import annotations

import numpy as np
import pytest

from tabsynth.encode.levels import Levels
from tabsynth.encode.persons import Persons

RNG = np.random.default_rng(0)


def column(**counts: int) -> np.ndarray:
    """A column with each word so many times; `missing` stands for gaps."""
    words = [None if word == "missing" else word for word, count in counts.items() for _ in range(count)]
    return np.array(words, dtype=object)


def fitted(values: np.ndarray, units=None, least: int = 10, public=()) -> Levels:
    units = np.arange(len(values)) if units is None else np.asarray(units)
    return Levels.fit(values, Persons.of(units), least, public)[0]


def there_and_back(coder: Levels, values: np.ndarray) -> list:
    codes, residuals = coder.encode(values)
    assert (residuals == 0).all()
    assert codes.min() >= 0 and codes.max() < coder.axes[0].size
    return coder.decode(codes, residuals, RNG).tolist()


def test_frequent_levels_and_gaps_come_back_exactly():
    values = column(red=20, green=10, missing=10)
    coder = fitted(values)
    assert coder.plain_values(0) == [None, "green", "red"]
    assert coder.axes[0].missing
    assert there_and_back(coder, values) == values.tolist()


def test_nine_carriers_are_pooled_ten_are_a_level():
    coder = fitted(column(common=50, ten=10, nine=9, one=1))
    assert coder.plain_values(0) == ["common", "ten", "other"]
    assert there_and_back(coder, column(nine=1, one=1, ten=1)) == ["other", "other", "ten"]


def test_persons_count_not_rows():
    """One patient with forty admissions for a rare disease does not make it a frequent one."""
    values = column(flu=60, rare=40)
    coder = fitted(values, units=[*range(60), *[60] * 40])
    assert coder.plain_values(0) == ["flu"]
    assert there_and_back(coder, column(rare=1)) == ["flu"]


def test_a_pool_of_fewer_persons_than_least_goes_to_the_most_frequent_level():
    coder = fitted(column(a=30, b=50, rare=4, scarce=5))
    assert coder.plain_values(0) == ["a", "b"]
    assert there_and_back(coder, column(rare=1, scarce=1)) == ["b", "b"]


def test_declared_levels_are_public_however_rare_even_unseen():
    coder = fitted(column(yes=50, no=1, odd=12), public=("yes", "no", "unknown"))
    assert coder.plain_values(0) == ["yes", "no", "unknown", "odd"]
    assert there_and_back(coder, column(no=1)) == ["no"]


@pytest.mark.parametrize(
    ("taken", "name"),
    [(("x",), "other"), (("other",), "other (pooled)"), (("other", "other (pooled)"), "other (pooled 2)")],
)
def test_the_pool_is_never_called_like_a_released_level(taken, name):
    rare = {f"rare{number}": 1 for number in range(12)}
    coder = fitted(column(**dict.fromkeys(taken, 20), **rare))
    assert coder.plain_values(0)[-1] == name


def test_few_gaps_are_pooled_and_no_code_of_their_own():
    rare = {f"rare{number}": 1 for number in range(8)}
    coder = fitted(column(a=50, missing=4, **rare))
    assert coder.plain_values(0) == ["a", "other"]
    assert there_and_back(coder, column(missing=2)) == ["other", "other"]


def test_unseen_words_and_unseen_gaps_have_a_code():
    values = column(new=1, missing=1)
    assert there_and_back(fitted(column(a=10, b=30)), values) == ["b", "b"]
    pooled = fitted(column(a=30, **{f"rare{number}": 1 for number in range(12)}))
    assert there_and_back(pooled, values) == ["other", "other"]


def test_constant_empty_and_tiny_columns():
    assert fitted(column(a=30)).plain_values(0) == ["a"]
    assert fitted(column(missing=30)).plain_values(0) == [None]
    assert fitted(column(missing=2)).plain_values(0) == [None]
    assert fitted(column(left=1, right=1)).plain_values(0) == ["other"]


def test_hostile_words_are_just_words():
    words = ["", "O'Brien", '"', "a\nb", "<script>", "=1+1", "日本", "nan", "None"]
    values = np.array([word for word in words for _ in range(10)], dtype=object)
    assert there_and_back(fitted(values), values) == values.tolist()


def test_the_report_counts_and_names_nothing():
    values = column(common=80, secret1=5, secret2=5, secret3=10)
    _, report = Levels.fit(values, Persons.of(np.arange(100)), 10, ())
    assert report == {"levels": 2, "pooled_levels": 2, "pooled_persons_share": 0.1, "withheld": False}
