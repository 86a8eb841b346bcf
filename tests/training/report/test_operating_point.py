"""The threshold of the alarm: chosen without the test, and never for more than was asked."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve

from training.report.operating_point import (
    choose_threshold,
    hazard_scores,
    operating_point,
    precision_recall,
    reached,
)
from training.report.score_table import FOLD, LEFT_OUT, TEST, Scored, ScoreTable

LABELS = ("fire", "misc", "smoke")


def make_table(source: str, count: int, seed: int, digits: int = 6) -> ScoreTable:
    """Return pictures whose hazard scores overlap, rounded so that some are equal."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        label = LABELS[int(rng.integers(0, 3))]
        hazard = rng.beta(2, 5) if label == "misc" else rng.beta(5, 2)
        share = rng.random()
        fire = round(hazard * share, digits)
        smoke = round(hazard * (1 - share), digits)
        scores = (fire, 1 - fire - smoke, smoke)
        rows.append(Scored(f"{number}.jpg", label, "", "training", source, scores))
    return ScoreTable(LABELS, tuple(rows))


def joined(*tables: ScoreTable) -> ScoreTable:
    return ScoreTable(LABELS, tuple(row for table in tables for row in table.rows))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("wanted", [0.01, 0.05, 0.3])
def test_no_more_normal_pictures_alarm_than_was_asked(seed: int, wanted: float) -> None:
    table = make_table(FOLD, 400, seed, digits=2)
    point = operating_point(table, "misc", wanted)
    assert point is not None
    assert point.chosen.false_alarms.count <= wanted * point.chosen.false_alarms.of


@pytest.mark.parametrize("seed", range(12))
def test_no_lower_threshold_would_do(seed: int) -> None:
    table = make_table(FOLD, 400, seed, digits=2)
    scores, hazardous = hazard_scores(table, "misc")
    threshold = choose_threshold(scores, hazardous, 0.05)
    lower = scores[scores < threshold].max()
    assert (scores[~hazardous] >= lower).mean() > 0.05


def test_the_test_pictures_take_no_part_in_the_choice() -> None:
    folds = make_table(FOLD, 300, 1)
    one = operating_point(joined(folds, make_table(TEST, 100, 2)), "misc")
    other = operating_point(joined(folds, make_table(TEST, 100, 3)), "misc")
    assert one is not None and other is not None
    assert one.threshold == other.threshold
    assert one.test != other.test
    assert operating_point(make_table(TEST, 100, 2), "misc") is None


def test_left_out_scenes_are_judged_by_the_same_threshold() -> None:
    left_out = make_table(LEFT_OUT, 80, 4)
    point = operating_point(joined(make_table(FOLD, 300, 1), left_out), "misc")
    assert point is not None and point.test is None
    assert point.left_out == reached(left_out, "misc", point.threshold)


def test_few_normal_pictures_allow_no_false_alarm_at_all() -> None:
    table = make_table(FOLD, 60, 5)
    point = operating_point(table, "misc", 0.01)
    assert point is not None
    assert point.chosen.false_alarms.of < 100
    assert point.chosen.false_alarms.count == 0


def test_a_normal_picture_at_score_one_leaves_a_threshold_that_nothing_reaches() -> None:
    scores = np.array([1.0, 1.0, 0.2])
    assert choose_threshold(scores, np.array([False, True, False]), 0.01) > 1.0


def test_the_curve_is_scikit_learns() -> None:
    table = make_table(TEST, 300, 6, digits=2)
    curve = precision_recall(table, "misc")
    assert curve is not None
    scores, hazardous = hazard_scores(table, "misc")
    precision, recall, _ = precision_recall_curve(hazardous, scores)
    assert curve.average_precision == pytest.approx(average_precision_score(hazardous, scores))
    assert np.allclose(curve.recall, recall[:-1][::-1])
    assert np.allclose(curve.precision, precision[:-1][::-1])


def test_without_normal_pictures_there_is_nothing_to_choose() -> None:
    table = make_table(FOLD, 50, 7)
    hazards = replace(table, rows=tuple(row for row in table.rows if row.label != "misc"))
    assert operating_point(hazards, "misc") is None
    assert precision_recall(hazards, "misc") is None
