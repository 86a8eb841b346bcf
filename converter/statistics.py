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
        """Return the fields as plain JSON."""
        return asdict(self) | {"confusion": [list(row) for row in self.confusion]}

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
