"""Claims of the figures, against values worked out elsewhere."""

import numpy as np
import pytest

from converter.statistics import Figures, Proportion, agreement
from edge.contract.labels import Labels

LABELS = Labels(("fire", "smoke", "misc"))


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_wilsons(count: int, of: int, low: float, high: float) -> None:
    share = Proportion.of_counts(count, of)
    assert share.value == count / of
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_nothing_counted_has_no_value() -> None:
    share = Proportion.of_counts(0, 0)
    assert (share.value, share.percent(), share.percent_interval()) == (None, "-", "-")


def test_figures_of_a_small_confusion() -> None:
    truth = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2]
    answers = np.array([0, 0, 0, 1, 1, 0, 2, 2, 2, 2])
    figures = Figures.measure(truth, answers, LABELS)
    assert figures.confusion == ((3, 1, 0), (1, 1, 0), (0, 0, 4))
    assert figures.accuracy.value == 0.8
    assert figures.balanced_accuracy == pytest.approx((0.75 + 0.5 + 1) / 3)
    assert [figures.recall[label].value for label in LABELS] == [0.75, 0.5, 1.0]
    assert [figures.precision[label].value for label in LABELS] == [0.75, 0.5, 1.0]


def test_a_class_without_pictures_does_not_count_in_the_balance() -> None:
    figures = Figures.measure([0, 0, 1], np.array([0, 2, 1]), LABELS)
    assert figures.balanced_accuracy == pytest.approx(0.75)
    assert figures.recall["misc"].value is None


def test_figures_survive_json() -> None:
    figures = Figures.measure([0, 1, 2], np.array([0, 1, 1]), LABELS)
    assert Figures.from_json(figures.to_json()) == figures


def test_agreement_counts_equal_answers() -> None:
    assert agreement(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2])).value == 0.75
