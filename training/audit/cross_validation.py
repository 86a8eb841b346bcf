"""Cross-validation: what a classifier says of pictures that it was not trained on.

The adapter of scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FOLDS = 5


@dataclass(frozen=True)
class OutOfFold:
    """Probabilities float64 [pictures, classes], each by a model that never saw its group.

    `judged` says of which pictures there are any: a class that stands in one group alone
    cannot be judged there. `folds` is 0 where nothing could be parted.
    """

    probability: Doubles
    judged: Bools
    folds: int


def out_of_fold(
    features: Doubles,
    classes: Ints,
    groups: Sequence[str],
    class_count: int,
    strength: float,
    seed: int = 0,
) -> OutOfFold:
    """Train logistic regression on all folds but one, and let it judge that one, in turn.

    `features` are [pictures, any]. Classes count alike, however many pictures they have.
    `strength` weighs the squared weights against the mean loss. Groups are never parted.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    codes = np.unique(np.array(groups), return_inverse=True)[1]
    in_class = [len(np.unique(codes[classes == one])) for one in np.unique(classes)]
    folds = min(FOLDS, max(in_class, default=0))
    probability = np.zeros((len(classes), class_count))
    judged = np.zeros(len(classes), np.bool_)
    if folds < 2 or len(in_class) < 2:
        return OutOfFold(probability, judged, 0)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    # One thread: the sums are small, and on busy cores threads wait for each other.
    with warnings.catch_warnings(), threadpool_limits(1):
        # A class in fewer groups than there are folds, and a fit that is good enough.
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        for train, test in splitter.split(features, classes, codes):
            known = np.unique(classes[train])
            if len(known) < 2:
                continue
            model = LogisticRegression(
                C=1 / (strength * len(train)), class_weight="balanced", max_iter=200, tol=1e-3
            )
            model.fit(features[train], classes[train])
            probability[np.ix_(test, known)] = model.predict_proba(features[test])
            judged[test] = np.isin(classes[test], known)
    return OutOfFold(probability, judged, folds)


def area_under_curve(scores: Doubles, positive: Bools) -> float:
    """Return the area under the ROC curve, 0 to 1: 0.5 tells nothing.

    The chance that a positive scores above a negative (Mann-Whitney's U); ties count half.
    Without either kind it is 0.5.
    """
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return 0.5
    _, place, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    ranks = (ends - (sizes - 1) / 2)[place]
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def unit_spread(features: npt.NDArray[np.floating]) -> Doubles:
    """Return features [pictures, any] less their mean, each with a spread of about 1."""
    centred = features - features.mean(axis=0)
    return np.asarray(centred / (features.std(axis=0) + 1e-3), dtype=np.float64)


def principal_components(features: npt.NDArray[np.floating], most: int) -> Doubles:
    """Return float64 [pictures, at most `most`]: features of unit spread, turned to where the
    pictures spread most.
    """
    scaled = unit_spread(features)
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    wanted = min(most, len(values), max(1, len(features) - 1))
    return np.asarray(scaled @ vectors[:, np.argsort(values)[::-1][:wanted]])
