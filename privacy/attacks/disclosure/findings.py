"""What the report says of the classes: three findings on the keys, two on every secret, the rest beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from privacy.attacks.disclosure import class_risks, synthpop
from privacy.attacks.disclosure.classes import Classes, Targeted
from privacy.attacks.disclosure.sdnist import k_disco, unique_exact_match
from privacy.attacks.disclosure.twins import Counted, Flags, Twins, fact, share
from privacy.attacks.trials import Attacker, Trials, compared
from privacy.errors import one_line
from privacy.result import Estimate, Finding
from privacy.stats import Count, design_effect, proportion
from privacy.wording import SMALL_CELL

Also = dict[str, Estimate]


def key_findings(
    attacker: Attacker,
    keys: Twins[Classes],
    records: Twins[Classes],
    columns: tuple[str, ...],
    why: str,
) -> list[Finding]:
    """Uniques found, replicated uniques and class risk. records: the classes of all columns, for UEM."""
    level = attacker.level
    uniques = _trials(
        "uniques found",
        "are the only ones with their keys and have a synthetic row with the same (UiOiS)",
        keys,
        lambda one: _count(synthpop.uiois(one)),
        columns,
        why,
    )
    replicated = _trials(
        "replicated uniques",
        "are the only ones with their keys and have exactly one synthetic row with the same (repU)",
        keys,
        lambda one: _count(synthpop.rep_u(one)),
        columns,
        why,
    )
    risk = _trials(
        "class risk",
        "are expected to be named rightly when one of every class of equal keys is, if the class is synthetic too",
        keys,
        lambda one: Count(class_risks.classes_met(one), len(one.original)),
        columns,
        why,
    )
    beside = keys.shares("UiO", synthpop.uio, level) | keys.shares("iS", synthpop.i_s, level)
    return [
        _finding(uniques, attacker, beside | _unique_exact_matches(records, level)),
        _finding(replicated, attacker, {}),
        _finding(risk, attacker, _class_risks(keys, level)),
    ]


def secret_findings(
    attacker: Attacker,
    table: Twins[Targeted],
    subsets: Sequence[Twins[Targeted]],
    columns: tuple[str, ...],
    why: str,
) -> list[Finding]:
    """DiSCO and TCAP of one secret. columns: the secret, then its keys. subsets: the same on some of the keys."""
    label = one_line(columns[0], 40)
    disco = _trials(
        f"DiSCO of {label}",
        f"have synthetic rows with their keys that all agree on {label}, rightly",
        table,
        lambda one: _count(synthpop.disco(one)),
        columns,
        why,
    )
    tcap = Trials(
        name=f"TCAP of {label}",
        success=f"have the {label} that all synthetic rows with their keys agree on",
        asked=len(table.train.keys.original),
        train=_count(synthpop.tcap(table.train)),
        control=_count(synthpop.tcap(table.control)),
        baseline=_commonest(table.train),
        columns=columns,
        note="Tried are those whose keys have synthetic rows that agree",
        obstacle="no synthetic rows with equal keys agree",
    )
    return [
        _finding(disco, attacker, _beside_disco(table, subsets, attacker.level)),
        _finding(tcap, attacker, _beside_tcap(table, attacker.level)),
    ]


def _trials(
    name: str,
    success: str,
    twins: Twins[Counted],
    count: Callable[[Counted], Count],
    columns: tuple[str, ...],
    why: str,
) -> Trials:
    train = count(twins.train)
    return Trials(
        name=name,
        success=success,
        asked=int(train.trials),
        train=train,
        control=count(twins.control),
        baseline=count(twins.blind),
        columns=columns,
        note=why,
    )


def _finding(trials: Trials, attacker: Attacker, also: Also) -> Finding:
    return compared(trials, attacker).model_copy(update={"also": also})


def _count(flags: Flags) -> Count:
    return Count(int(flags.sum()), len(flags))


def _commonest(table: Targeted) -> Count:
    """The same people, all guessed to have the value that is commonest in the synthetic table."""
    tried = synthpop.di_s(table)
    right = table.targets.original[tried] == table.targets.in_synthetic.argmax()
    return Count(int(right.sum()), int(tried.sum()))


def _unique_exact_matches(records: Twins[Classes], level: float) -> Also:
    found = {}
    for name, one in (("UEM", records.train), ("UEM, control", records.control)):
        alone, matched = unique_exact_match(one)
        found[name] = proportion(Count(int(matched.sum()), int(alone.sum())), level)
    return found


def _class_risks(keys: Twins[Classes], level: float) -> Also:
    small = f"in a class of fewer than {SMALL_CELL} that is met"
    return {
        small: _in_small_classes(keys.train, level),
        f"{small}, control": _in_small_classes(keys.control, level),
        **keys.facts("k-map", class_risks.k_map),
        **keys.facts("journalist risk, largest", class_risks.journalist),
        "marketer risk": _marketer(keys.train, level),
        "marketer risk, control": _marketer(keys.control, level),
        "apparent k-anonymity": fact(class_risks.apparent_k(keys.train)),
        "apparent prosecutor risk, largest": fact(class_risks.prosecutor(keys.train)[0]),
        "apparent prosecutor risk, mean": fact(class_risks.prosecutor(keys.train)[1]),
    }


def _in_small_classes(keys: Classes, level: float) -> Estimate:
    """A class is small or met as a whole, so its people are not so many independent ones."""
    flags = class_risks.in_small_met_class(keys, SMALL_CELL)
    return proportion(_count(flags), level, design_effect(np.bincount(keys.original[flags])))


def _marketer(keys: Classes, level: float) -> Estimate:
    return share(class_risks.marketer(keys), level, design_effect(keys.in_synthetic))


def _beside_disco(table: Twins[Targeted], subsets: Sequence[Twins[Targeted]], level: float) -> Also:
    """Measures of what the classes disclose; "apparent": of the synthetic table, whoever is in it."""
    train, control = (k_disco([getattr(one, side) for one in subsets]) for side in ("train", "control"))
    return {
        **table.shares("Dorig", synthpop.d_orig, level),
        **table.shares("DiS", synthpop.di_s, level),
        **table.shares("DiSDiO", synthpop.disdio, level),
        "k-DiSCO": share(train, level),
        "k-DiSCO, control": share(control, level),
        "apparent l-diversity, distinct": fact(class_risks.distinct_l(table.train)),
        "apparent l-diversity, entropy": fact(class_risks.entropy_l(table.train)),
        "apparent t-closeness": fact(class_risks.t_closeness(table.train)),
    }


def _beside_tcap(table: Twins[Targeted], level: float) -> Also:
    """Attribution probabilities. DCAP of all: over N_d; DCAP of those met: over the people whose keys are met."""
    return {
        **table.shares("TCAP_alt", synthpop.tcap_alt, level),
        **table.shares("baseCAP", synthpop.base_cap, level),
        **table.shares("CAPd", synthpop.cap_d, level),
        "CAPs": share(synthpop.cap_s(table.train), level),
        **table.shares("DCAP of all", synthpop.dcap, level),
        **table.shares("DCAP of those met", synthpop.dcap_met, level),
    }
