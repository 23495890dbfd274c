"""From counts to a finding."""

from __future__ import annotations

import pytest

from privacy.attacks.trials import Trials, compared
from privacy.stats import Count, newcombe, two_exact


class Guesser:
    name, threat, level = "guesser", "holds nothing; guesses", 0.9


def test_a_finding_says_all_it_stands_on() -> None:
    trials = Trials(
        name="luck",
        success="were guessed",
        asked=200,
        train=Count(30, 150),
        control=Count(10, 100),
        baseline=Count(5, 150),
        note="One sentence more",
    )
    finding = compared(trials, Guesser())
    assert finding.sentence == (
        "30 of 150 train records (20 %) were guessed, against 10 of 100 (10 %) for control. One sentence more."
    )
    assert (finding.trials_asked, finding.trials_made) == (200, 150)
    assert finding.value.interval is not None and finding.value.interval.level == 0.9
    assert finding.excess is not None and finding.excess.value == pytest.approx(0.1)
    assert finding.excess.interval == newcombe(trials.train, trials.control, 0.9)
    (picture,) = finding.pictures
    assert picture.kind == "interval" and picture.labels == ("train", "control", "baseline")
    assert picture.series["value"] == pytest.approx((0.2, 0.1, 1 / 30))
    lows, highs = picture.series["low"], picture.series["high"]
    assert all(low < high for low, high in zip(lows, highs, strict=True))


def test_the_excess_may_have_a_level_and_a_method_of_its_own() -> None:
    trials = Trials(name="luck", success="", asked=9, train=Count(1, 9), control=Count(0, 9), baseline=0.1)
    finding = compared(trials, Guesser(), two_exact, 0.999)
    assert finding.excess is not None
    assert finding.excess.interval == two_exact(trials.train, trials.control, 0.999)
    assert finding.baseline is not None and finding.baseline.interval is None


def test_no_trials_is_said_and_leaves_everything_open() -> None:
    trials = Trials(
        name="luck", success="", asked=9, train=Count(0, 0), control=Count(0, 0), obstacle="nobody is there"
    )
    finding = compared(trials, Guesser())
    assert finding.sentence == "Not tried: nobody is there."
    assert finding.p_value is None and finding.trials_made == 0
    assert finding.excess is not None and finding.excess.interval is not None
    assert (finding.excess.interval.low, finding.excess.interval.high) == (-1, 1)
