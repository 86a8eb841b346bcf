"""OperatingPoint: the threshold for a wanted rate of false alarms, and what it then finds."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from converter.statistics import Floats, Proportion
from training.report.score_table import FOLD, LEFT_OUT, TEST, ScoreTable

Bools = npt.NDArray[np.bool_]
# At most one normal picture of a hundred. A camera looks more often than that, so an alarm
# wants several frames in a row; this rate is for single pictures.
WANTED = 0.01
OFFERED = (0.1, 0.05, 0.02, 0.01)


@dataclass(frozen=True)
class Reached:
    """What a threshold does on some pictures.

    `recall` is the share of hazard pictures at or above it, `false_alarms` the share of
    normal ones, `by_class` the recall of each hazard class.
    """

    recall: Proportion
    false_alarms: Proportion
    by_class: dict[str, Proportion]


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold on the hazard score, chosen on pictures that tested nothing.

    `hazard` names the classes whose scores are summed, `wanted` is the rate of false alarms
    asked for, in [0, 1]; `chosen` what the threshold does on the pictures that it was chosen
    on, `test` and `left_out` what it does on the others, None where there are none.
    """

    hazard: tuple[str, ...]
    wanted: float
    threshold: float
    chosen: Reached
    test: Reached | None
    left_out: Reached | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self) | {"hazard": list(self.hazard)}


@dataclass(frozen=True)
class Curve:
    """Precision and recall at every threshold, float arrays of one length in [0, 1].

    `average_precision` is the mean of the precisions, each weighed by the recall it adds.
    """

    recall: Floats
    precision: Floats
    average_precision: float


def operating_point(
    table: ScoreTable, negative: str, wanted: float = WANTED
) -> OperatingPoint | None:
    """Choose the lowest threshold whose false alarms on the fold pictures stay within `wanted`.

    The hazard is every class but `negative`. Test and left-out pictures take no part in the
    choice. Returns None where fold pictures lack normal or hazard ones.
    """
    folds = table.of(FOLD)
    if not _has_both(folds, negative):
        return None
    scores, hazardous = hazard_scores(folds, negative)
    threshold = choose_threshold(scores, hazardous, wanted)

    def on(source: str) -> Reached | None:
        rows = table.of(source)
        return reached(rows, negative, threshold) if rows.rows else None

    return OperatingPoint(
        hazard=tuple(label for label in table.labels if label != negative),
        wanted=wanted,
        threshold=threshold,
        chosen=reached(folds, negative, threshold),
        test=on(TEST),
        left_out=on(LEFT_OUT),
    )


def choose_threshold(scores: Floats, hazardous: Bools, wanted: float) -> float:
    """Return the lowest threshold in [0, 1] at which at most `wanted` of the normal alarm.

    `scores` is float [pictures], `hazardous` bool [pictures]. The threshold lies half-way
    between the highest normal score that must stay silent and the next score above it, so
    that it hangs on no single picture's last digit.
    """
    normal = np.sort(scores[~hazardous])[::-1]
    allowed = int(np.floor(wanted * len(normal) + 1e-9))
    if allowed >= len(normal):
        return 0.0
    silent = float(normal[allowed])
    above = scores[scores > silent]
    return (silent + float(above.min())) / 2 if len(above) else float(np.nextafter(silent, 2.0))


def reached(table: ScoreTable, negative: str, threshold: float) -> Reached:
    """Count which pictures alarm at a threshold."""
    scores, hazardous = hazard_scores(table, negative)
    alarmed = scores >= threshold
    truth = table.truth
    by_class = {
        label: _share(alarmed[truth == at])
        for at, label in enumerate(table.labels)
        if label != negative
    }
    return Reached(_share(alarmed[hazardous]), _share(alarmed[~hazardous]), by_class)


def precision_recall(table: ScoreTable, negative: str) -> Curve | None:
    """Return the curve of hazard against normal; None where one of them has no picture."""
    if not _has_both(table, negative):
        return None
    scores, hazardous = hazard_scores(table, negative)
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], hazardous[order]
    # Pictures of one score alarm together: one point at the last of them.
    last = np.append(np.diff(scores) != 0, True)
    found = np.cumsum(hits)[last]
    recall, precision = found / hits.sum(), found / (np.flatnonzero(last) + 1)
    average = float(np.sum(np.diff(recall, prepend=0) * precision))
    return Curve(recall, precision, average)


def hazard_scores(table: ScoreTable, negative: str) -> tuple[Floats, Bools]:
    """Return the summed scores of the hazard classes, and which pictures are of one."""
    at = table.labels.index(negative)
    scores = np.delete(table.scores, at, axis=1).sum(axis=1)
    return np.asarray(np.clip(scores, 0, 1), np.float64), table.truth != at


def _has_both(table: ScoreTable, negative: str) -> bool:
    labels = {row.label for row in table.rows}
    return negative in labels and len(labels) > 1


def _share(chosen: Any) -> Proportion:
    return Proportion.of_counts(int(chosen.sum()), len(chosen))
