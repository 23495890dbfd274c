"""Use as one measure of an audit: what models that learnt synthetic rows are worth on control, beside train's."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from privacy.errors import UserError
from privacy.evidence import gather
from privacy.result import Measure, Skipped
from privacy.schema import Schema
from privacy.tables import as_frame
from privacy.utility.caps import capped
from privacy.utility.case import Case, Table
from privacy.utility.families import FAMILIES, learn
from privacy.utility.question import Question, check_columns, pose
from privacy.utility.scores import SCORE_NAMES, main_score
from privacy.utility.subgroups import scored_classes

GROUP = "use"


def use(
    train: Any, control: Any, synthetic: Any, schema: Schema, target: str, rng: np.random.Generator
) -> Measure | Skipped:
    """The measure for the audit's `further`, or the reason why there is none.

    Trained on synthetic rows and tested on real ones, beside trained on real ones (TSTR and TRTR: Esteban, Hyland,
    Rätsch 2017, 4.2). ConfigError where the target is no column to be predicted.
    """
    asked = Question(target, None, (), ())
    check_columns(asked, schema)
    try:
        evidence = gather(as_frame(train), as_frame(control), as_frame(synthetic), schema, rng)
        posed, notes = pose(asked, evidence)
        case, _ = capped(posed, rng)
    except UserError as error:
        return Skipped(name=GROUP, reason=str(error))
    made, real = (_worth(case, table, rng) for table in (case.synthetic, case.real))
    if made is None or real is None:
        return Skipped(name=GROUP, reason="the control rows cannot be scored")
    return Measure(
        group=GROUP,
        name="score of what was learnt",
        sentence=f"{SCORE_NAMES[case.task].capitalize()}, of {len(FAMILIES)} families of models that learnt"
        f" {len(case.synthetic):,} synthetic rows and are asked about {len(case.control):,} control rows, mean;"
        f" floor: of models that learnt {len(case.real):,} train rows. {' '.join(notes)}".rstrip(),
        value=made,
        floor=real,
        best="high",
        columns=(target,),
    )


def _worth(case: Case, train: Table, rng: np.random.Generator) -> float | None:
    """The main score on control of models that learnt `train`, mean over the families; None without any."""
    scored = scored_classes(case, case.control)
    if scored is None:
        return None
    score, equal = main_score(case, case.control, scored), np.ones((1, len(case.control)))
    with warnings.catch_warnings():
        # A logistic regression that stops after its last step predicts as well as one that goes on.
        warnings.simplefilter("ignore")
        found = [
            score(learn(family, case, train, int(rng.integers(2**31)))(case.control.cells), equal)[0]
            for family in FAMILIES
        ]
    return float(np.mean(found))
