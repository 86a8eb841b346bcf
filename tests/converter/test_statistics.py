"""Claims of the figures, against values worked out elsewhere."""

import numpy as np
import pytest

from converter.statistics import (
    Difference,
    Figures,
    Proportion,
    agreement,
    calibration_error,
    confidence_bins,
    mcnemar,
)
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


def test_an_old_record_without_the_interval_reads_back() -> None:
    figures = Figures.measure([0, 1, 2], np.array([0, 1, 1]), LABELS)
    data = figures.to_json()
    del data["balanced_accuracy_interval"]
    assert Figures.from_json(data).balanced_interval == figures.balanced_interval


# Fagerland, Lydersen and Laake (2014), "Recommended tests and confidence intervals for paired
# binomial proportions": the airway responsiveness of 21 children, 1 and 7 of them discordant.
def test_the_paired_difference_and_its_test_are_the_published_ones() -> None:
    found = Difference.of_counts(lost=7, gained=1, of=21)
    assert found.value == pytest.approx(6 / 21)
    assert (found.low, found.high) == (
        pytest.approx(0.0134, abs=5e-4),
        pytest.approx(0.508, abs=5e-4),
    )
    assert found.p_value == pytest.approx(0.0703, abs=5e-5)
    assert not found.significant


def test_mcnemar_is_a_fair_coin_on_the_discordant_pictures() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 5) == 1.0
    assert mcnemar(9, 1) == mcnemar(1, 9) == pytest.approx(2 * 11 / 2**10)
    assert Difference.of_counts(9, 1, 1000).significant
    assert Difference.of_counts(0, 0, 0).p_value is None


def test_the_paired_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(120, [0.06, 0.02, 0.92], size=600)
    found = [Difference.of_counts(int(lost), int(gained), 120) for lost, gained, _ in drawn]
    held = np.mean([one.low <= 0.04 <= one.high for one in found])
    assert 0.92 <= held <= 0.985


def test_the_balanced_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    recalls, counts = np.array([0.9, 0.7, 1.0]), np.array([50, 30, 20])
    held = 0
    for right in rng.binomial(counts, recalls, size=(300, 3)):
        truth = np.repeat([0, 1, 2], counts)
        answers = truth.copy()
        for label, start in enumerate([0, 50, 80]):
            answers[start : start + counts[label] - right[label]] = (label + 1) % 3
        low, high = Figures.measure(truth, answers, LABELS).balanced_interval
        held += low <= recalls.mean() <= high
    assert 0.92 <= held / 300 <= 0.99


def test_a_perfect_class_still_leaves_the_balanced_accuracy_in_doubt() -> None:
    figures = Figures.measure([0, 1, 2], np.array([0, 1, 2]), LABELS)
    low, high = figures.balanced_interval
    assert low < 0.8 and high == 1.0
    assert Figures.measure([], np.zeros(0, np.int64), LABELS).balanced_interval is None


def test_calibration_error_of_a_planted_overconfidence() -> None:
    scores = np.tile(np.array([0.95, 0.05], np.float32), (100, 1))
    truth = np.repeat([0, 1], [70, 30])
    bins = confidence_bins(scores, truth)
    assert bins[9].count == 100 and bins[9].accuracy == pytest.approx(0.7)
    assert calibration_error(bins) == pytest.approx(0.25, abs=1e-6)
    assert calibration_error(confidence_bins(scores[:0], [])) is None
