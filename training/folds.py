"""Folds: pictures dealt into parts that take turns in being held out."""

from collections.abc import Iterable, Sequence

import numpy as np

from training.examples import Bools, Ints

FOLDS = 10
# Enough for the figure that flatters, which decides nothing.
RANDOM_FOLDS = 5


def grouped_folds(classes: Ints, families: Sequence[str], seed: int) -> Ints | None:
    """Deal pictures into folds of much the same classes, each family whole in one.

    Returns int64 [pictures], the fold of each; None where a class has too few families for
    each fold to train on it.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    by_class = [
        len({family for family, of in zip(families, classes, strict=True) if of == label})
        for label in np.unique(classes)
    ]
    count = min(FOLDS, *by_class)
    if count < 2:
        return None
    dealer = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return _dealt(dealer.split(classes, classes, list(families)), len(classes))


def random_folds(classes: Ints, seed: int) -> Ints | None:
    """Deal pictures at random: frames of one scene land on both sides, and figures flatter."""
    from sklearn.model_selection import StratifiedKFold

    count = min(RANDOM_FOLDS, int(np.bincount(classes)[np.unique(classes)].min()))
    if count < 2:
        return None
    dealer = StratifiedKFold(count, shuffle=True, random_state=seed)
    return _dealt(dealer.split(classes, classes), len(classes))


def _dealt(parts: Iterable[tuple[Ints, Ints]], pictures: int) -> Ints:
    folds = np.zeros(pictures, np.int64)
    for at, (_, held_out) in enumerate(parts):
        folds[held_out] = at
    return folds


def left_out_of(folds: Ints, pictures: Ints) -> Bools:
    """Return bool [folds, examples]: the views of the pictures that each fold holds out."""
    return np.asarray(folds[pictures] == np.arange(folds.max() + 1)[:, np.newaxis])
