"""From scores to a Finding, with the AUC, two more rates of false alarms and the epsilon bound beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from privacy.attacks.membership.groups import Group
from privacy.attacks.membership.measure import (
    Scored,
    auc,
    auc_p_value,
    epsilon,
    recognised,
    true_positive_rate,
)
from privacy.attacks.trials import Attacker, Trials, compared
from privacy.errors import one_line
from privacy.result import Finding
from privacy.stats import Count
from privacy.wording import percent

FALSE_ALARMS = 0.01
BESIDE = {"TPR at 0.1 % FPR": 0.001, "TPR at 10 % FPR": 0.1}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose membership was guessed.

    among: in words, with a space before them, empty for all targets. looked_at: groups of which this one was
    picked. left_out: synthetic rows that were not looked at.
    """

    among: str = ""
    columns: tuple[str, ...] = ()
    looked_at: int = 1
    left_out: int = 0

    @classmethod
    def of_group(cls, group: Group, looked_at: int) -> Subject:
        """The level is not named: who has it may be the secret."""
        among = (
            f" of the most exposed of {looked_at} subgroups (level {group.rank} by size of the column"
            f" {one_line(group.column)})"
        )
        return cls(among, (group.column,), looked_at)


@dataclass(frozen=True, slots=True)
class _AtLevel:
    """The attacker, at a confidence corrected for the number of groups looked at."""

    name: str
    threat: object
    level: float


def membership_finding(
    attacker: Attacker, name: str, scored: Scored, subject: Subject, rng: np.random.Generator
) -> Finding:
    """Value: TPR at 1 % FPR; p-value: of the AUC. Both hold for the worst of the groups looked at."""
    level = 1 - (1 - attacker.level) / subject.looked_at
    members, others = recognised(scored, FALSE_ALARMS)
    area = auc(scored, level)
    beside = {label: true_positive_rate(scored, rate, level) for label, rate in BESIDE.items()}
    known = {label: rate for label, rate in beside.items() if rate is not None}
    finding = compared(
        Trials(
            name=name,
            subject=f"train records{subject.among}",
            success="score as high as 1 % of strangers at most",
            asked=len(scored.members),
            train=members,
            control=others,
            baseline=FALSE_ALARMS,
            columns=subject.columns,
            note=_note(area.value, len(scored.others), subject.left_out),
        ),
        _AtLevel(attacker.name, attacker.threat, level),
    )
    also = {"AUC": area, **known, "epsilon lower bound": epsilon(scored, level, rng)}
    p_value = min(1.0, auc_p_value(scored) * subject.looked_at)
    return finding.model_copy(update={"also": also, "p_value": p_value})


def untried(attacker: Attacker, name: str, obstacle: str) -> Finding:
    """The finding of a question that could not be asked, with the reason."""
    nothing = Count(0, 0)
    return compared(
        Trials(name=name, success="", asked=0, train=nothing, control=nothing, obstacle=obstacle), attacker
    )


def _note(area: float, others: int, left_out: int) -> str:
    told = [f"A random train record scores above a random control record with chance {percent(area)} (AUC)"]
    for rate in (0.001, FALSE_ALARMS):
        needed = math.ceil(1 / rate) - 1
        if others < needed:
            told.append(
                f"A false alarm rate of {percent(rate)} takes {needed:,} control records, not {others:,}"
            )
    if left_out:
        told.append(f"{left_out:,} synthetic rows, drawn at random, were not looked at")
    return ". ".join(told)
