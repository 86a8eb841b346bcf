"""Temperature: what logits are divided by so that a score means a probability."""

from typing import Any

import numpy as np

from training.examples import Floats, Ints
from training.head import cross_entropy, softmax

BINS = 10
COOLEST, HOTTEST = 0.05, 20.0


def fit_temperature(logits: Floats, classes: Ints) -> float:
    """Return the temperature above 0 with the least cross entropy (Guo et al., 2017).

    Args:
        logits: float32 [pictures, classes] of pictures that the head was not trained on.
        classes: int64 [pictures], the true classes.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log: cross_entropy(logits / np.float32(np.exp(log)), classes),
        bounds=(np.log(COOLEST), np.log(HOTTEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def calibration(logits: Floats, classes: Ints) -> dict[str, Any]:
    """Return the expected calibration error and the bins that it is made of.

    A picture's confidence is its highest score; the error is the mean gap between confidence
    and accuracy over ten even bins, weighted by their pictures (Naeini et al., 2015). `ece` is
    in [0, 1]; with few pictures even a perfect classifier has some.
    """
    scores = softmax(logits)
    confidence = scores.max(axis=1)
    right = scores.argmax(axis=1) == classes
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for at in range(BINS):
        inside = place == at
        count = int(inside.sum())
        sure = float(confidence[inside].mean()) if count else None
        share = float(right[inside].mean()) if count else None
        if sure is not None and share is not None:
            error += abs(sure - share) * count / len(classes)
        bins.append(
            {
                "low": at / BINS,
                "high": (at + 1) / BINS,
                "count": count,
                "confidence": sure,
                "accuracy": share,
            }
        )
    return {"ece": error, "bins": bins, "pictures": len(classes)}
