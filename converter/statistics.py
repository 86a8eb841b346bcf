"""Statistics: what scores of labelled pictures say of a classifier, with intervals."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract.labels import Labels

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
CONFIDENCE = 0.95
SIGNIFICANT = 0.05
BINS = 10


@dataclass(frozen=True)
class Proportion:
    """A share of things counted: `count` of `of`, with its 95% Wilson score interval.

    `value`, `low` and `high` are in [0, 1], and None where nothing was counted. Wilson (1927),
    as SciPy's `binomtest(...).proportion_ci(method="wilson")` computes it: unlike the plain
    interval it stays inside [0, 1] and is honest for few pictures and for shares near 1.
    """

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of_counts(cls, count: int, of: int) -> "Proportion":
        """Return the share of `count` in `of`."""
        if of == 0:
            return cls(count, of, None, None, None)
        from scipy.stats import binomtest

        interval = binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
        return cls(count, of, count / of, float(interval.low), float(interval.high))

    def percent(self) -> str:
        """Return such as `94.4%`, or a dash where nothing was counted."""
        return "-" if self.value is None else f"{100 * self.value:.1f}%"

    def percent_interval(self, between: str = "% to ") -> str:
        """Return such as `91.0% to 96.6%`, or a dash where nothing was counted."""
        if self.low is None or self.high is None:
            return "-"
        return f"{100 * self.low:.1f}{between}{100 * self.high:.1f}%"


@dataclass(frozen=True)
class Figures:
    """How well a classifier does on labelled pictures.

    `confusion` counts pictures, a row for each true class and a column for each answer, in
    the order of the labels. `balanced_accuracy` is the mean recall of the classes that have
    pictures, in [0, 1].
    """

    accuracy: Proportion
    balanced_accuracy: float | None
    recall: dict[str, Proportion]
    precision: dict[str, Proportion]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def balanced_interval(self) -> tuple[float, float] | None:
        """Return the balanced accuracy's 95% interval, None where nothing was counted.

        Put together from the recalls' Wilson intervals: a mean of independent proportions
        lies as far from its end as the root of the sum of squares of theirs (Zou, Huang and
        Zhang, 2009, "A note on confidence interval estimation for a linear function of
        binomial proportions"). A class that is all right still leaves a width, which
        resampling would take for 0.
        """
        shares = [share for share in self.recall.values() if share.of]
        if not shares or self.balanced_accuracy is None:
            return None
        below = sum(((share.value or 0) - (share.low or 0)) ** 2 for share in shares)
        above = sum(((share.high or 0) - (share.value or 0)) ** 2 for share in shares)
        low = self.balanced_accuracy - below**0.5 / len(shares)
        return max(0.0, low), min(1.0, self.balanced_accuracy + above**0.5 / len(shares))

    @classmethod
    def measure(cls, truth: Sequence[int] | Ints, answers: Ints, labels: Labels) -> "Figures":
        """Count the answers against the truth, both indexes into `labels`."""
        size = len(labels)
        confusion = np.zeros((size, size), np.int64)
        np.add.at(confusion, (np.asarray(truth, np.int64), answers), 1)
        right = confusion.diagonal()
        by_truth, by_answer = confusion.sum(axis=1), confusion.sum(axis=0)
        recall = [Proportion.of_counts(int(right[i]), int(by_truth[i])) for i in range(size)]
        precision = [Proportion.of_counts(int(right[i]), int(by_answer[i])) for i in range(size)]
        known = [share.value for share in recall if share.value is not None]
        return cls(
            accuracy=Proportion.of_counts(int(right.sum()), int(confusion.sum())),
            balanced_accuracy=float(np.mean(known)) if known else None,
            recall=dict(zip(labels, recall, strict=True)),
            precision=dict(zip(labels, precision, strict=True)),
            confusion=tuple(tuple(map(int, row)) for row in confusion),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields, and the balanced accuracy's interval, as plain JSON."""
        interval = self.balanced_interval
        return asdict(self) | {
            "balanced_accuracy_interval": list(interval) if interval else None,
            "confusion": [list(row) for row in self.confusion],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Figures":
        """Read what `to_json` wrote."""
        shares = {
            name: {label: Proportion(**share) for label, share in data[name].items()}
            for name in ("recall", "precision")
        }
        return cls(
            accuracy=Proportion(**data["accuracy"]),
            balanced_accuracy=data["balanced_accuracy"],
            recall=shares["recall"],
            precision=shares["precision"],
            confusion=tuple(tuple(row) for row in data["confusion"]),
        )


def agreement(ours: Ints, theirs: Ints) -> Proportion:
    """Return the share of pictures to which two classifiers give the same answer."""
    return Proportion.of_counts(int((ours == theirs).sum()), len(ours))


def mcnemar(lost: int, gained: int) -> float:
    """Return the p-value of McNemar's exact test, in [0, 1].

    `lost` pictures are right by the first classifier alone, `gained` by the second alone. If
    both were equally good, each of those would fall to either side like a fair coin: two-sided
    binomial (McNemar, 1947; the exact form as in Fagerland, Lydersen and Laake, 2013). 1 where
    no picture tells them apart.
    """
    if lost + gained == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(lost, lost + gained).pvalue)


@dataclass(frozen=True)
class Difference:
    """What accuracy a second classifier lost to a first one on the same pictures.

    `value`, `low` and `high` are shares in [-1, 1], above 0 where the second is worse, with a
    95% interval: Bonett and Price (2012), "Adjusted Wald confidence interval for a difference
    of binomial proportions based on paired data". None where nothing was counted.
    """

    lost: int
    gained: int
    of: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of_counts(cls, lost: int, gained: int, of: int) -> "Difference":
        """Return the difference from the pictures that only one of them has right."""
        if of == 0:
            return cls(lost, gained, of, None, None, None)
        from scipy.stats import norm

        first, second = (lost + 1) / (of + 2), (gained + 1) / (of + 2)
        middle = first - second
        spread = ((first + second - middle**2) / (of + 2)) ** 0.5
        half = float(norm.ppf((1 + CONFIDENCE) / 2)) * spread
        low, high = max(-1.0, middle - half), min(1.0, middle + half)
        return cls(lost, gained, of, (lost - gained) / of, low, high)

    @property
    def p_value(self) -> float | None:
        """Return the p-value of McNemar's exact test; None where nothing was counted."""
        return mcnemar(self.lost, self.gained) if self.of else None

    @property
    def significant(self) -> bool:
        """Say whether the difference is real: p below 0.05."""
        return self.p_value is not None and self.p_value < SIGNIFICANT


@dataclass(frozen=True)
class ConfidenceBin:
    """The pictures whose confidence lies in [low, high): their mean confidence and accuracy.

    Both are None where there are no pictures.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


def confidence_bins(scores: Floats, truth: Sequence[int] | Ints) -> tuple[ConfidenceBin, ...]:
    """Sort pictures into ten even bins by their confidence, the highest score.

    Args:
        scores: float32 [pictures, classes] in [0, 1].
        truth: the true classes, as indexes.
    """
    confidence = scores.max(axis=1) if len(scores) else np.zeros(0, np.float32)
    right = scores.argmax(axis=1) == np.asarray(truth) if len(scores) else np.zeros(0, bool)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = []
    for at in range(BINS):
        inside = place == at
        count = int(inside.sum())
        sure = float(confidence[inside].mean()) if count else None
        share = float(right[inside].mean()) if count else None
        bins.append(ConfidenceBin(at / BINS, (at + 1) / BINS, count, sure, share))
    return tuple(bins)


def calibration_error(bins: Sequence[ConfidenceBin]) -> float | None:
    """Return the expected calibration error, in [0, 1]; None where there are no pictures.

    The mean gap between confidence and accuracy over the bins, weighted by their pictures
    (Naeini et al., 2015). With few pictures even a perfect classifier has some.
    """
    pictures = sum(one.count for one in bins)
    if not pictures:
        return None
    gaps = [
        abs(one.confidence - one.accuracy) * one.count / pictures
        for one in bins
        if one.confidence is not None and one.accuracy is not None
    ]
    return float(sum(gaps))
