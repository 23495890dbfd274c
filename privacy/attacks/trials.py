"""From counts to a Finding: the same guesses on train, on control and without the synthetic table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from privacy.result import Estimate, Finding, Picture
from privacy.stats import Count, Difference, conditional_test, newcombe, proportion
from privacy.wording import percent


class Attacker(Protocol):
    """What a finding says of the attack it comes from. level: confidence of every interval."""

    @property
    def name(self) -> str: ...
    @property
    def threat(self) -> object: ...
    @property
    def level(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Trials:
    """What was guessed, how often, and how often it was right.

    name: of the finding. success: what a success is, as the end of "... of ... train records".
    asked: train trials wanted; train.trials says how many were made. baseline: the guesser without the
    synthetic table, a count, or a rate that is known exactly. note: one more sentence, on what limits the
    reading. obstacle: why there were no trials, where there are none. subject: what was tried.
    design_effect: how many trials are worth one independent one, see `stats.design_effect`.
    """

    name: str
    success: str
    asked: int
    train: Count
    control: Count
    baseline: Count | float | None = None
    columns: tuple[str, ...] = ()
    note: str = ""
    obstacle: str = "no record could be tried"
    subject: str = "train records"
    design_effect: float = 1.0


def compared(
    trials: Trials,
    attacker: Attacker,
    difference: Difference = newcombe,
    excess_level: float | None = None,
) -> Finding:
    """The finding: rates with exact intervals, their difference with the interval of `difference`.

    excess_level: confidence of the difference, the attacker's when None. The p-value is the conditional exact
    test of equal rates; where rates are high it errs upwards.
    """
    train, control = trials.train, trials.control
    worth, level = trials.design_effect, attacker.level
    value, beside = proportion(train, level, worth), proportion(control, level, worth)
    blind = trials.baseline
    baseline = proportion(blind, level, worth) if isinstance(blind, Count) else _known(blind)
    interval = difference(train.effective(worth), control.effective(worth), excess_level or level)
    return Finding(
        attack=attacker.name,
        name=trials.name,
        threat=str(attacker.threat),
        sentence=_sentence(trials),
        value=value,
        control=beside,
        baseline=baseline,
        excess=Estimate(value=train.rate - control.rate, interval=interval),
        trials_asked=trials.asked,
        trials_made=int(train.trials),
        p_value=_p_value(trials),
        columns=trials.columns,
        pictures=(interval_picture(trials.name, value, beside, baseline),),
    )


def _known(rate: float | None) -> Estimate | None:
    return None if rate is None else Estimate(value=rate)


def _p_value(trials: Trials) -> float | None:
    """None where trials hang together: the test counts independent ones."""
    train, control = trials.train, trials.control
    if trials.design_effect != 1 or not train.trials or not control.trials:
        return None
    return conditional_test(int(train.successes), int(control.successes), train.trials / control.trials)


def interval_picture(
    title: str, value: Estimate, control: Estimate | None, baseline: Estimate | None, y_label: str = "rate"
) -> Picture:
    """Point and interval of attack, control and baseline, side by side; a point without one is its own."""
    shown = {"train": value, "control": control, "baseline": baseline}
    present = {label: estimate for label, estimate in shown.items() if estimate is not None}
    return Picture(
        kind="interval",
        title=title,
        y_label=y_label,
        labels=tuple(present),
        series={
            "value": tuple(e.value for e in present.values()),
            "low": tuple(e.interval.low if e.interval else e.value for e in present.values()),
            "high": tuple(e.interval.high if e.interval else e.value for e in present.values()),
        },
    )


def _sentence(trials: Trials) -> str:
    train, control = trials.train, trials.control
    if not train.trials or not control.trials:
        return f"Not tried: {trials.obstacle}."
    told = (
        f"{train.successes:,} of {train.trials:,} {trials.subject} ({percent(train.rate)}) {trials.success},"
        f" against {control.successes:,} of {control.trials:,} ({percent(control.rate)}) for control."
    )
    return f"{told} {trials.note}." if trials.note else told
