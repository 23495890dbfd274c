"""How good a synthetic table is, and how private: against train, and against rows that no generator saw.

Shape and Trend as SDMetrics defines them (1 - KS or total variation; half the difference of correlations, or
the total variation of a two-way table with numbers in ten equal-width bins), given as errors. Every number that
has one stands beside its floor: the same number for train.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from generator_makers import as_peers_take_it
from leaks import declared
from numpy.typing import NDArray
from planting import Roles, Split
from scipy.stats import ks_2samp

BINS, FOLDS, MOST_LEVELS = 10, 3, 250
RARE, TAIL = 0.01, 0.01
SHARE_ROWS = 10_000

Floats = NDArray[np.float64]


def scores(
    train: pd.DataFrame, held_out: pd.DataFrame, synthetic: pd.DataFrame, roles: Roles, target: str
) -> dict[str, Any]:
    """All numbers of one synthetic table."""
    tables = [_numbers_and_texts(rows[list(train)], roles) for rows in (train, held_out, synthetic)]
    real, fresh, made = tables
    found: dict[str, Any] = {}
    for name, reference in (("train", real), ("held out", fresh)):
        found[f"shape error, {name}"] = shape_error(reference, made)
        found[f"trend error, {name}"] = trend_error(reference, made)
    found["shape error, floor"], found["trend error, floor"] = (
        shape_error(fresh, real),
        trend_error(fresh, real),
    )
    found["two-sample AUC"] = two_sample_auc(fresh, made)
    found["two-sample AUC, floor"] = two_sample_auc(fresh, real)
    for family in ("boosting", "linear"):
        found[f"downstream, {family}"] = downstream(made, fresh, target, family)
        found[f"downstream, {family}, floor"] = downstream(real, fresh, target, family)
    found |= exact_copies(real, fresh, made) | rare_and_tails(real, made)
    found |= {f"{name}, floor": value for name, value in rare_and_tails(real, fresh).items()}
    found |= membership(train, held_out, synthetic, roles)
    return found


def _numbers_and_texts(rows: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """The same cells from whatever types a generator returns: floats, and texts with missing as one of them."""
    plain = rows.copy()
    for name in plain:
        if name not in (*roles.numeric, *roles.datetime):
            told = plain[name].map(lambda cell: str(cell) if isinstance(cell, bool | np.bool_) else cell)
            numbers = pd.to_numeric(told.astype(object), errors="coerce")
            texts = plain[name].astype(object).where(plain[name].notna(), "missing").astype(str)
            plain[name] = texts.where(numbers.isna(), numbers.map(lambda value: format(value, ".10g")))
    frame = as_peers_take_it(plain, roles)
    for name in roles.datetime:
        if name in frame:
            seconds = frame[name].astype("datetime64[s]").astype("int64").astype(float)
            frame[name] = seconds.where(frame[name].notna())
    return frame


def _is_number(frame: pd.DataFrame, name: str) -> bool:
    return bool(frame[name].dtype.kind == "f")


def shape_error(real: pd.DataFrame, made: pd.DataFrame) -> float:
    errors = []
    for name in real:
        if _is_number(real, name):
            a, b = real[name].dropna(), made[name].dropna()
            errors.append(float(ks_2samp(a, b).statistic) if len(a) and len(b) else float(len(a) != len(b)))
        else:
            shares = (frame[name].value_counts(normalize=True) for frame in (real, made))
            errors.append(0.5 * float(next(shares).sub(next(shares), fill_value=0).abs().sum()))
    return float(np.mean(errors))


def trend_error(real: pd.DataFrame, made: pd.DataFrame) -> float:
    binned = [_ten_bins(real, frame) for frame in (real, made)]
    errors = []
    for a, b in combinations(real.columns, 2):
        if _is_number(real, a) and _is_number(real, b):
            own, theirs = (float(frame[a].corr(frame[b])) for frame in (real, made))
            errors.append(abs(np.nan_to_num(own) - np.nan_to_num(theirs)) / 2)
        else:
            shares = [frame.groupby([a, b], observed=True).size() / len(frame) for frame in binned]
            errors.append(0.5 * float(shares[0].sub(shares[1], fill_value=0).abs().sum()))
    return float(np.mean(errors))


def _ten_bins(reference: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as their bin in the reference's range, missing a bin of its own."""
    coded = {}
    for name in frame:
        if not _is_number(reference, name):
            coded[name] = frame[name]
            continue
        low, high = reference[name].min(), reference[name].max()
        edges = np.linspace(low, high, BINS + 1)[1:-1] if high > low else np.array([low])
        coded[name] = pd.Series(np.where(frame[name].isna(), -1, np.digitize(frame[name], edges)))
    return pd.DataFrame(coded)


def features(frames: list[pd.DataFrame]) -> tuple[list[Floats], NDArray[np.bool_]]:
    """(rows, columns) numbers and shared level numbers of each frame; which columns are levels for boosting."""
    whole = pd.concat(frames, ignore_index=True)
    columns, nominal = [], []
    for name in whole:
        number = _is_number(whole, name)
        codes = whole[name] if number else pd.Series(pd.factorize(whole[name])[0])
        columns.append(codes.to_numpy(float))
        nominal.append(not number and codes.max() < MOST_LEVELS)
    ends = np.cumsum([len(frame) for frame in frames])[:-1]
    return np.split(np.column_stack(columns), ends), np.array(nominal)


def two_sample_auc(fresh: pd.DataFrame, made: pd.DataFrame) -> float:
    """Boosting told to separate fresh from made rows, 3-fold; 0.5 says that it cannot."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    rows = min(len(fresh), len(made))
    (a, b), nominal = features([fresh.iloc[:rows], made.iloc[:rows]])
    labels = np.repeat([0, 1], rows)
    model = HistGradientBoostingClassifier(categorical_features=nominal, random_state=0)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    guessed = cross_val_predict(model, np.vstack([a, b]), labels, cv=folds, method="predict_proba")
    return float(roc_auc_score(labels, guessed[:, 1]))


def downstream(learnt: pd.DataFrame, fresh: pd.DataFrame, target: str, family: str) -> float:
    """Learn the target on one table, ask on fresh rows: AUC (one level against the rest, mean), or R squared."""
    from sklearn.metrics import r2_score, roc_auc_score

    known, asked = (frame[frame[target].notna()] for frame in (learnt, fresh))
    (x, z), nominal = features([known.drop(columns=target), asked.drop(columns=target)])
    y, truth = known[target].to_numpy(), asked[target].to_numpy()
    model = _model(family, _is_number(fresh, target), nominal)
    if _is_number(fresh, target):
        return float(r2_score(truth, model.fit(x, y).predict(z)))
    if len(np.unique(y)) < 2:
        return float("nan")
    guessed = model.fit(x, y).predict_proba(z)
    aucs = [
        roc_auc_score(truth == level, guessed[:, place])
        for place, level in enumerate(model.classes_)
        if 0 < (truth == level).sum() < len(truth)
    ]
    return float(np.mean(aucs[1:] if len(model.classes_) == 2 else aucs))


def _model(family: str, number: bool, nominal: NDArray[np.bool_]) -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if family == "boosting":
        kind = HistGradientBoostingRegressor if number else HistGradientBoostingClassifier
        return kind(categorical_features=nominal, random_state=0)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore", min_frequency=5)
    spread = make_column_transformer(
        (levels, np.flatnonzero(nominal)), (numbers, np.flatnonzero(~nominal)), sparse_threshold=0
    )
    return make_pipeline(spread, Ridge() if number else LogisticRegression(max_iter=300))


def exact_copies(real: pd.DataFrame, fresh: pd.DataFrame, made: pd.DataFrame) -> dict[str, float]:
    """Share of rows that equal a train row, beside that of the fresh rows."""
    keys = [pd.util.hash_pandas_object(frame.round(9), index=False) for frame in (real, fresh, made)]
    known = set(keys[0])
    return {
        "exact copies": float(keys[2].isin(known).mean()),
        "exact copies, floor": float(keys[1].isin(known).mean()),
    }


def rare_and_tails(real: pd.DataFrame, made: pd.DataFrame) -> dict[str, float]:
    """Mass of levels under 1 % of train, made to real; and of each 1 % tail, at most 1 counted, on average."""
    theirs, own, tails = 0.0, 0.0, []
    for name in real:
        if _is_number(real, name):
            a, b = real[name].dropna(), made[name].dropna()
            low, high = a.quantile([TAIL, 1 - TAIL]) if len(a) else (0.0, 0.0)
            for mass, copied in (
                ((a < low).mean(), (b < low).mean()),
                ((a > high).mean(), (b > high).mean()),
            ):
                if mass > 0:
                    tails.append(min(copied / mass, 1.0))
        else:
            shares = real[name].value_counts(normalize=True)
            rare = shares.index[shares < RARE]
            theirs += float(shares[rare].sum())
            own += float(made[name].isin(rare).mean())
    return {
        "rare mass": own / theirs if theirs else float("nan"),
        "tails covered": float(np.mean(tails)) if tails else float("nan"),
    }


def membership(
    train: pd.DataFrame, held_out: pd.DataFrame, synthetic: pd.DataFrame, roles: Roles
) -> dict[str, float]:
    """Rows nearest to train, ties at random; and the ensemble of membership attacks."""
    from privacy.attacks import load_attack
    from privacy.evidence import gather
    from privacy.neighbors import Distance, two_nearest

    names = [str(name) for name in synthetic]
    schema = declared(Split(train, held_out, train, roles), names)
    rng = np.random.default_rng(0)
    evidence = gather(train[names], held_out[names], synthetic, schema, rng)
    pool = evidence.train_at.followed_by(evidence.control_at)
    asked = evidence.synthetic_at.take(rng.permutation(len(evidence.synthetic))[:SHARE_ROWS])
    nearest = two_nearest(asked, pool, Distance.plain(pool), np.arange(len(pool)), rng=rng)
    found = {"nearer to train": float((nearest.index < len(evidence.train)).mean())}
    attack = load_attack("membership")
    for finding in attack.run(evidence, rng):
        if finding.name == "ensemble":
            found["membership AUC"] = finding.also["AUC"].value
            found["membership TPR at 1 % FPR"] = finding.value.value
    return found
