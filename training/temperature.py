"""Temperature: what logits are divided by so that a score means a probability."""

from dataclasses import asdict
from typing import Any

import numpy as np

from converter.statistics import calibration_error, confidence_bins
from training.examples import Floats, Ints
from training.head import cross_entropy, softmax

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

    `ece` is in [0, 1]; how it is defined stands with `calibration_error`.
    """
    bins = confidence_bins(softmax(logits), classes)
    return {
        "ece": calibration_error(bins) or 0.0,
        "bins": [asdict(one) for one in bins],
        "pictures": len(classes),
    }
