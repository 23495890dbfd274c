"""The work: every training table is drawn, learnt from by every family, and scored on the same control rows."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial

import numpy as np

from privacy.events import Event, OnEvent
from privacy.utility.arms import Blend, Half, Plan
from privacy.utility.case import Case, Floats, Ints, Table
from privacy.utility.families import learn
from privacy.utility.further import Further, further_scores
from privacy.utility.scores import Score, main_score

DRAWS = 3
"""Training tables drawn of each blend, each with a seed of its own for the models."""

HALVINGS = 6
"""Each into two halves."""

BOOTSTRAPS = 200
STAGE = "learning and scoring"


@dataclass(frozen=True, slots=True, eq=False)
class Worked:
    """Of one model: (weightings,) scores, (control rows, columns) predictions, other scores."""

    scores: Floats
    found: Floats
    further: Further


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One family on the draws of one blend. scores: (draws, 1 + weightings), the first with equal weights.
    found: (draws) predictions for control. further: (draws) other scores.
    """

    scores: Floats
    found: tuple[Floats, ...]
    further: tuple[Further, ...]

    @property
    def mean(self) -> Floats:
        """(1 + weightings,) scores, mean over the draws."""
        result: Floats = self.scores.mean(axis=0)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """seen: by family and blend. halved: by family and kind of half table, (halvings, 2) scores of models of
    either half.
    weights: (1 + weightings, control rows).
    """

    families: tuple[str, ...]
    seen: Mapping[tuple[str, Blend], Seen]
    halved: Mapping[tuple[str, Half], Floats]
    weights: Floats


Job = Callable[[], Worked]
Key = tuple[str, Blend | Half, int]


def run(
    case: Case,
    wanted: Plan,
    scored: Ints,
    families: Sequence[str],
    rng: np.random.Generator,
    on_event: OnEvent,
) -> Trials:
    """All draws of all blends and all halvings, in a random order, so that the time left can be told.

    scored: the classes that are scored. The same `rng` gives the same trials, whatever the number of cores.
    """
    weights_rng, seeds_rng, order_rng = rng.spawn(3)
    weights = weightings(case.control, weights_rng)
    bench = _Bench(case, main_score(case, case.control, scored), weights, scored)
    whole, half = seeds_rng.integers(2**63, size=DRAWS), seeds_rng.integers(2**63, size=HALVINGS)
    jobs: dict[Key, Job] = {}
    for name in families:
        for blend in wanted.different:
            for draw, seed in enumerate(whole):
                jobs[name, blend, draw] = partial(bench.whole, name, blend, int(seed), blend in wanted.asked)
        for part in wanted.halves:
            for draw, seed in enumerate(np.repeat(half, 2)):
                jobs[name, part, draw] = partial(bench.half, name, part, int(seed), draw % 2)
    done = dict(_worked(jobs, order_rng, on_event))
    return Trials(
        families=tuple(families),
        seen={
            (name, blend): _gathered([done[name, wanted.drawn(blend), draw] for draw in range(DRAWS)])
            for name in families
            for blend in wanted.blends
        },
        halved={
            (name, part): np.reshape(
                [done[name, wanted.halved(part), draw].scores[0] for draw in range(2 * HALVINGS)],
                (HALVINGS, 2),
            )
            for name in families
            for part in Half
        },
        weights=weights,
    )


def weightings(control: Table, rng: np.random.Generator) -> Floats:
    """(1 + bootstraps, rows): ones, then how often each row's person was drawn with replacement."""
    people, whose = np.unique(control.person, return_inverse=True)
    drawn = rng.multinomial(people.size, np.full(people.size, 1 / people.size), size=BOOTSTRAPS)
    return np.concatenate([np.ones((1, len(whose))), drawn[:, whose]])


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """Where a training table is drawn, learnt from and scored, all from one seed."""

    case: Case
    score: Score
    weights: Floats
    scored: Ints

    def whole(self, family: str, blend: Blend, seed: int, keep: bool) -> Worked:
        """keep: whether the predictions are needed again."""
        rng = np.random.default_rng(seed)
        found = self._found(family, blend.draw(self.case, rng), rng)
        further = further_scores(self.case, self.case.control, found, self.scored)
        return Worked(self.score(found, self.weights), found if keep else found[:0], further)

    def half(self, family: str, part: Half, seed: int, side: int) -> Worked:
        rng = np.random.default_rng(seed)
        found = self._found(family, part.draw(self.case, rng, side), rng)
        return Worked(self.score(found, self.weights[:1]), found[:0], {})

    def _found(self, family: str, train: Table, rng: np.random.Generator) -> Floats:
        return learn(family, self.case, train, int(rng.integers(2**31)))(self.case.control.cells)


def _worked(
    jobs: Mapping[Key, Job], rng: np.random.Generator, on_event: OnEvent
) -> Iterator[tuple[Key, Worked]]:
    """The results of all jobs, on every core with one thread each."""
    # Two threads that import the same package at once trip over each other: it is loaded before.
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits

    keys = list(jobs)
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    on_event(Event(STAGE, 0, len(jobs)))
    # A logistic regression that stops after its last step predicts as well as one that goes on. Recorded, not only
    # ignored, since the threads of scikit-learn's forests reset the filters of all.
    with threadpool_limits(limits=1), warnings.catch_warnings(record=True):
        try:
            running: dict[Future[Worked], Key] = {
                pool.submit(jobs[keys[at]]): keys[at] for at in rng.permutation(len(keys))
            }
            for done, future in enumerate(as_completed(running), start=1):
                yield running[future], future.result()
                on_event(Event(STAGE, done, len(jobs)))
        finally:
            pool.shutdown(cancel_futures=True)


def _gathered(draws: Sequence[Worked]) -> Seen:
    return Seen(
        np.array([draw.scores for draw in draws]),
        tuple(draw.found for draw in draws),
        tuple(draw.further for draw in draws),
    )
