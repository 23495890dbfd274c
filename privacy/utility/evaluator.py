"""The evaluation: three tables in, scores, lifts, a verdict and a regression out."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from scipy import linalg

from privacy.errors import ConfigError, SchemaError, one_line
from privacy.events import Event, OnEvent, silent
from privacy.evidence import gather
from privacy.guess import guess_schema
from privacy.result import Check, Skipped
from privacy.schema import Schema
from privacy.tables import as_frame, persons
from privacy.utility.arms import Blend, Plan, plan
from privacy.utility.caps import capped
from privacy.utility.case import Case, Table
from privacy.utility.families import FAMILIES
from privacy.utility.further import averaged
from privacy.utility.lift import over_control
from privacy.utility.question import Question, check_columns, pose
from privacy.utility.regression import regress
from privacy.utility.result import Arm, Evaluation, Regression, Size
from privacy.utility.scores import SCORE_NAMES
from privacy.utility.subgroups import scored_classes, subgroups
from privacy.utility.trial import Trials, run
from privacy.utility.verdict import decided, lifts

SMALLEST = 0.01
"""The smallest difference of interest where none is stated: a hundredth of the main score."""

_GUESSED = "No schema was given: kinds and roles of the columns are guessed from the real table."
_PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas")


def evaluate(
    real: Any,
    synthetic: Any,
    control: Any,
    target: str,
    schema: Schema | None = None,
    *,
    time: str | None = None,
    groups: Sequence[str] = (),
    left_out: Sequence[str] = (),
    smallest: float = SMALLEST,
    families: Sequence[str] = tuple(FAMILIES),
    random_state: int | None = None,
    on_event: OnEvent = silent,
) -> Evaluation:
    """Train on real, on synthetic and on blends of both; test on real control rows that nobody learnt.

    real, synthetic, control: pandas or Arrow tables with the same columns. target: the column to predict; with
    `time`, whether the event was seen at that time, and else censored. groups: columns whose parts are scored
    apart. left_out: columns that no model may see, such as what is only known afterwards. smallest: the smallest
    difference of the main score that is of interest. Raises EvidenceError, SchemaError or ConfigError, one line
    each, when it cannot be asked.
    """
    seed = secrets.randbits(63) if random_state is None else int(random_state)
    if seed < 0:
        raise ConfigError("a seed cannot be negative", where="random_state")
    if not 0 < smallest < 1:
        raise ConfigError("the smallest difference of interest lies between 0 and 1", where="--smallest")
    asked = Question(target, time, tuple(dict.fromkeys(groups)), tuple(left_out))
    ours, drawn, held_back = (as_frame(table) for table in (real, synthetic, control))
    for name, frame in (("real", ours), ("control", held_back), ("synthetic", drawn)):
        if frame.empty:
            raise SchemaError(f"the {name} table has no rows", todo="give a table with rows")
    declared, notes = (schema, []) if schema is not None else _guessed(ours, held_back)
    check_columns(asked, declared)
    split_rng, caps_rng, trials_rng, regression_rng = np.random.default_rng(seed).spawn(4)
    on_event(Event("comparing real and control"))
    evidence = gather(ours, held_back, drawn, declared, split_rng)
    whole, dropped = pose(asked, evidence)
    case, cut = capped(whole, caps_rng)
    return examined(
        case,
        smallest,
        families,
        (trials_rng, regression_rng),
        on_event,
        seed=seed,
        target=target,
        time=time,
        notes=(*notes, *dropped, *cut),
        checks=evidence.checks,
    )


def examined(
    case: Case,
    smallest: float,
    families: Sequence[str],
    streams: tuple[np.random.Generator, np.random.Generator],
    on_event: OnEvent = silent,
    *,
    seed: int | None = None,
    target: str = "",
    time: str | None = None,
    notes: tuple[str, ...] = (),
    checks: tuple[Check, ...] = (),
) -> Evaluation:
    """The evaluation of a case. streams: for the trials and for the regression."""
    scored = scored_classes(case, case.control)
    if scored is None:
        raise ConfigError("the control rows cannot be scored")
    wanted = plan(case)
    trials = run(case, wanted, scored, families, streams[0], on_event)
    found = lifts(wanted, trials, smallest)
    regression, skipped = _regression(case, streams[1])
    return Evaluation(
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        seed=seed,
        target=target,
        time=time,
        task=case.task,
        score=SCORE_NAMES[case.task],
        smallest=smallest,
        features=case.features,
        notes=notes,
        real=_size(case.real),
        synthetic=_size(case.synthetic),
        control=_size(case.control),
        checks=checks,
        verdict=decided(found, SCORE_NAMES[case.task], smallest, case.control.people),
        lifts=tuple(found),
        arms=tuple(_arms(wanted, trials)),
        subgroups=tuple(subgroups(case, wanted, trials)),
        regression=regression,
        skipped=skipped,
    )


def _arms(wanted: Plan, trials: Trials) -> list[Arm]:
    """Every blend and family, each against real rows only of its regime and size."""
    real = {(blend.regime, blend.size): blend for blend in wanted.blends if blend.all_real}
    return [
        _arm(blend, real[blend.regime, blend.size], family, trials)
        for blend in wanted.blends
        for family in trials.families
    ]


def _arm(blend: Blend, against: Blend, family: str, trials: Trials) -> Arm:
    seen, other = trials.seen[family, blend], trials.seen[family, against]
    gain = seen.scores - other.scores
    return Arm(
        regime=blend.regime,
        size=blend.size,
        family=family,
        rows_real=blend.real,
        rows_synthetic=blend.synthetic,
        score=over_control(seen.mean, seen.scores[:, 0]),
        lift=None if blend == against else over_control(gain.mean(axis=0), gain[:, 0]),
        further=averaged(list(seen.further)),
        draws=len(seen.scores),
    )


def _regression(case: Case, rng: np.random.Generator) -> tuple[Regression | None, tuple[Skipped, ...]]:
    name = "comparison of coefficients"
    try:
        found = regress(case, rng)
    except linalg.LinAlgError:
        return None, (Skipped(name=name, reason="cannot tell: the equations have no stable solution"),)
    if found is None:
        reason = "cannot tell: no term, or only one outcome, is left that all three tables have"
        return None, (Skipped(name=name, reason=reason),)
    return found, ()


def _size(table: Table) -> Size:
    return Size(rows=len(table), people=table.people)


def _guessed(real: Any, control: Any) -> tuple[Schema, list[str]]:
    """A guessed schema. A guessed key of persons that stands on both sides is none to rely on."""
    schema, _ = guess_schema(real)
    entity = schema.entity
    if entity is None or entity not in control or not _shared(real[entity], control[entity]):
        return schema, [_GUESSED]
    doubt = (
        f"Column {one_line(entity)} looks like the key of a person and has values in real and in control: it was"
        " not used as one. If it is one, control has people whom the models learnt."
    )
    return schema.model_copy(update={"entity": None}), [_GUESSED, doubt]


def _shared(real: Any, control: Any) -> bool:
    return bool((set(persons(real)) & set(persons(control))) - {None})
