"""Three families for every task: they learn a planted rule, and say the average where there is none."""

import numpy as np
import pytest

from privacy.utility.families import FAMILIES, learn
from privacy.utility.result import Task
from privacy.utility.scores import main_score

LEAST = {Task.BINARY: 0.75, Task.NUMBER: 0.3, Task.SURVIVAL: 0.65}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("task", LEAST)
def test_a_planted_rule_is_learnt(people, case, family, task):
    rng = np.random.default_rng(2)
    real, control = people(task, 800, rng), people(task, 500, rng)
    asked = case(task, real, real, control)
    found = learn(family, asked, real, 1)(control.cells)
    score = main_score(asked, control, np.array([0, 1]))
    assert score(found, np.ones((1, len(control))))[0] > LEAST[task]


@pytest.mark.parametrize("family", FAMILIES)
def test_chances_of_survival_are_calibrated(people, case, family):
    rng = np.random.default_rng(2)
    real, control = people(Task.SURVIVAL, 2000, rng), people(Task.SURVIVAL, 1000, rng)
    asked = case(Task.SURVIVAL, real, real, control)
    chance = learn(family, asked, real, 1)(control.cells)[:, 1]
    known = (control.time > asked.horizon) | (control.outcome == 1)
    seen = (control.time <= asked.horizon) & (control.outcome == 1)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert chance[known].mean() == pytest.approx(seen[known].mean(), abs=0.1)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("task", LEAST)
def test_a_constant_outcome_teaches_the_average(people, case, family, task):
    rng = np.random.default_rng(2)
    real = people(task, 100, rng)
    real.outcome[:] = 1.0
    found = learn(family, case(task, real, real, real), real, 1)(real.cells)
    assert (found == found[0]).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_class_that_training_lacks_has_no_chance(people, case, family):
    rng = np.random.default_rng(2)
    real = people(Task.BINARY, 200, rng)
    asked = case(Task.BINARY, real, real, real)
    three = type(asked)(Task.CLASSES, asked.features, asked.nominal, 3, real, real, real)
    found = learn(family, three, real, 1)(real.cells)
    assert found.shape == (200, 3) and (found[:, 2] == 0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(200))
