"""Drift: how far a model's scores moved from the reference's, beyond which answers changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converter.statistics import Floats, calibration_error, confidence_bins

# The most that a score of 0 may stand for: half a step of 8 bits over [0, 1].
HALF_STEP = 1 / 512
# As small a score as a float model's is taken to be.
LEAST = 1e-7


@dataclass(frozen=True)
class Drift:
    """What became of the scores of the same pictures.

    `mean_difference` and `largest_difference` are absolute, over pictures and classes, in
    [0, 1]; `kl_nats` is the mean Kullback-Leibler divergence from the reference's scores to the
    model's, in nats, 0 for equal ones. `ece_before` and `ece_after` are the expected
    calibration errors of the reference and of the model, in ten bins, in [0, 1].
    """

    mean_difference: float
    largest_difference: float
    kl_nats: float
    ece_before: float
    ece_after: float

    @classmethod
    def measure(
        cls, before: Floats, after: Floats, truth: Sequence[int], quantum: float = 0.0
    ) -> "Drift":
        """Compare scores, float32 [pictures, classes] in [0, 1], of pictures of known class.

        `quantum` is the smallest step of `after`, 0 for a float model.
        """
        difference = np.abs(after - before)
        return cls(
            mean_difference=round(float(difference.mean()), 7),
            largest_difference=round(float(difference.max()), 6),
            kl_nats=round(float(divergence(before, after, quantum).mean()), 7),
            ece_before=round(_ece(before, truth), 6),
            ece_after=round(_ece(after, truth), 6),
        )


def divergence(before: Floats, after: Floats, quantum: float = 0.0) -> Floats:
    """Return the Kullback-Leibler divergence of each picture's scores, float64 [pictures], nats.

    Sum of before x log(before / after) (Kullback and Leibler, 1951). A quantised score of 0
    only says "below half a step"; so that it does not make the sum infinite, it counts as that
    half step (`quantum` / 2, at most 1/512), and the scores are made to sum to 1 again.
    """
    floor = min(quantum / 2, HALF_STEP) or LEAST
    p = before.astype(np.float64) / before.sum(axis=1, keepdims=True, dtype=np.float64)
    q = np.maximum(after.astype(np.float64), floor)
    q /= q.sum(axis=1, keepdims=True)
    terms = np.where(p > 0, p * (np.log(np.maximum(p, LEAST**2)) - np.log(q)), 0.0)
    # Below 0 by rounding alone: the divergence of two distributions never is.
    return np.maximum(terms.sum(axis=1), 0.0)  # type: ignore[no-any-return,unused-ignore]


def _ece(scores: Floats, truth: Sequence[int]) -> float:
    return calibration_error(confidence_bins(scores, truth)) or 0.0
