"""Where a range ends: finer steps inside against what is cut off."""

import numpy as np
import pytest

from converter.least_error import STEPS, least_error_range


def error(values, low, high):
    """Round values to 8 bits over a range and return the mean square error."""
    step = (high - low) / STEPS
    told = low + np.round((np.clip(values, low, high) - low) / step) * step
    return float(((told - values) ** 2).mean())


def test_a_lone_outlier_does_not_cost_all_others_their_precision():
    rng = np.random.default_rng(0)
    values = np.append(rng.uniform(0, 1, 400_000), 2.0).astype(np.float32)
    low, high = least_error_range(values, 0.0, 2.0)
    assert low == 0 and high < 1.5
    assert error(values, low, high) < 0.9 * error(values, 0.0, 2.0)


def test_a_range_that_is_used_throughout_stays_whole():
    values = np.random.default_rng(0).uniform(-1, 1, 20000).astype(np.float32)
    low, high = least_error_range(values, -1.0, 1.0)
    assert low == pytest.approx(-1, abs=0.02) and high == pytest.approx(1, abs=0.02)


def test_the_share_is_the_best_of_those_tried():
    values = np.abs(np.random.default_rng(1).laplace(0, 1, 50000)).astype(np.float32)
    high = float(values.max())
    found = error(values, *least_error_range(values, 0.0, high))
    tried = [error(values, 0.0, high * share) for share in np.linspace(0.3, 1, 15)]
    assert found <= 1.02 * min(tried)


@pytest.mark.parametrize(
    ("values", "low", "high"), [([0, 0], 0, 0), ([0, 0, 0], 0, 3), ([5, 5], 5, 5), ([-2], -2, -2)]
)
def test_zero_is_always_covered_and_nothing_breaks_on_odd_tensors(values, low, high):
    found = least_error_range(np.array(values, np.float32), low, high)
    assert found[0] <= 0 <= found[1]
    assert np.isfinite(found).all()
