"""Claims of the drift, against SciPy and against planted scores."""

import numpy as np
import pytest
from scipy.stats import entropy

from converter.benchmark.drift import Drift, divergence


def drawn(count: int = 50, classes: int = 4) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.dirichlet(np.ones(classes), count).astype(np.float32)


def test_the_divergence_is_scipys_relative_entropy() -> None:
    before, after = drawn(), drawn()[::-1]
    expected = [
        entropy(p.astype(float), q.astype(float)) for p, q in zip(before, after, strict=True)
    ]
    assert divergence(before, after) == pytest.approx(expected, rel=1e-5)


def test_equal_scores_have_not_drifted() -> None:
    scores = drawn()
    found = Drift.measure(scores, scores, scores.argmax(axis=1).tolist())
    assert (found.mean_difference, found.largest_difference) == (0, 0)
    assert found.kl_nats < 1e-6 and found.ece_before == found.ece_after


def test_a_score_that_8_bits_make_0_stays_finite_and_counts_as_half_a_step() -> None:
    before = np.array([[0.99, 0.01]], np.float32)
    after = np.array([[1.0, 0.0]], np.float32)
    (found,) = divergence(before, after, quantum=1 / 256)
    half = 1 / 512
    expected = entropy([0.99, 0.01], [1 / (1 + half), half / (1 + half)])
    assert found == pytest.approx(expected, rel=1e-5) and 0 < found < 0.02


def test_a_sure_reference_costs_no_logarithm_of_nothing() -> None:
    before = np.array([[1.0, 0.0]], np.float32)
    assert divergence(before, np.array([[0.5, 0.5]], np.float32)) == pytest.approx([np.log(2)])


def test_planted_drift_is_found() -> None:
    before = np.tile(np.array([0.9, 0.1], np.float32), (10, 1))
    after = np.tile(np.array([0.7, 0.3], np.float32), (10, 1))
    found = Drift.measure(before, after, [0] * 9 + [1])
    assert found.mean_difference == pytest.approx(0.2, abs=1e-6)
    assert found.ece_before == pytest.approx(0.0, abs=1e-6)
    assert found.ece_after == pytest.approx(0.2, abs=1e-6)
