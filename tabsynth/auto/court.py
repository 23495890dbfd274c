"""What contestants are judged by: can their rows be told from people never learnt, and do they tell who was?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from privacy import Distance, Ruler, k_nearest
from tabsynth.domain import Encoded
from tabsynth.encode import Encoder

_FOLDS = 3
_MOST_LEVELS = 250
"""More than boosting takes as a column of levels; their codes stand in as numbers."""


@dataclass(frozen=True, slots=True)
class Score:
    """An area under the ROC curve, 0.5 for a guess, and its standard error."""

    auc: float
    spread: float

    @classmethod
    def of(cls, positive: NDArray[np.float64], negative: NDArray[np.float64], persons: int) -> Score:
        """From what each row scored. persons: on either side; the error is that of Hanley & McNeil (Radiology 143,
        1982, equations 1 and 2)."""
        from scipy.stats import rankdata

        n, m = len(positive), len(negative)
        ranks = rankdata(np.concatenate([positive, negative]))[:n]
        auc = float((ranks.sum() - n * (n + 1) / 2) / (n * m))
        one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
        variance = auc * (1 - auc) + (persons - 1) * (one + two - 2 * auc**2)
        return cls(auc, float(np.sqrt(max(variance, 0.0)) / persons))


@dataclass(frozen=True, slots=True, eq=False)
class Court:
    """train, judges: as many coded rows of either. persons: of the judges, at most as many as rows. What is made
    comes as a canonical table, whose numbers lie on their columns' grids as real ones do."""

    encoder: Encoder
    train: Encoded
    judges: Encoded
    persons: int

    def two_sample(self, made: pd.DataFrame, rng: np.random.Generator) -> Score:
        """How well boosting, cross-fitted, tells made rows from as many judges (Lopez-Paz & Oquab 2017)."""
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

        coded = self.encoder.encode(made)
        rows = min(len(coded), len(self.judges))
        features = np.vstack([_features(each)[:rows] for each in (self.judges, coded)])
        labels = np.repeat([0, 1], rows)
        # Who knows a judge's other rows would know this one: all of a person's stand in one fold.
        whose = np.arange(2 * rows)
        if self.judges.persons is not None:
            whose[:rows] = np.unique(self.judges.persons[:rows], return_inverse=True)[1]
        levels = np.array(
            [axis.discrete and not axis.ordered and axis.size <= _MOST_LEVELS for axis in coded.domain.axes]
        )
        seed = int(rng.integers(2**31))
        model = HistGradientBoostingClassifier(categorical_features=levels, random_state=seed)
        folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
        told = cross_val_predict(model, features, labels, groups=whose, cv=folds, method="predict_proba")[
            :, 1
        ]
        return Score.of(told[labels == 1], told[labels == 0], self.persons)

    def membership(self, made: pd.DataFrame, rng: np.random.Generator) -> Score:
        """How well the distance to the nearest made row tells train's people from judges (Chen et al., GAN-Leaks,
        CCS 2020)."""
        names = list(self.encoder.columns)
        frames = [*(self.encoder.decode(each, rng) for each in (self.train, self.judges)), made[names]]
        # A ruler of one side alone would measure that side more finely.
        ruler = Ruler.fit(pd.concat(frames[:2], ignore_index=True))
        learnt, fresh, drawn = (ruler.measure(frame) for frame in frames)
        metric = Distance.plain(learnt.followed_by(fresh))
        near, far = (
            -k_nearest(each, drawn, metric, rng=rng)[1][:, 0].astype(np.float64) for each in (learnt, fresh)
        )
        return Score.of(near, far, self.persons)


def _features(table: Encoded) -> NDArray[np.float32]:
    """(rows, columns) the place of each value on its axis: spikes and levels by code, numbers inside their bin."""
    return table.codes + table.residuals
