import numpy as np
import pytest

from training.head import softmax
from training.temperature import calibration, fit_temperature


def drawn(temperature, count=20_000, seed=0):
    """Return logits, and classes as a head of that temperature would have them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (count, 3)).astype(np.float32)
    scores = softmax(logits / temperature)
    picks = (rng.random((count, 1)) > scores.cumsum(axis=1)).sum(axis=1)
    return logits, np.minimum(picks, 2)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_answers_is_found(temperature):
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.05)


def test_a_head_too_sure_of_itself_has_a_large_error_and_the_temperature_mends_it():
    logits, classes = drawn(3.0)
    assert calibration(logits, classes)["ece"] > 0.15
    assert calibration(logits / np.float32(3.0), classes)["ece"] < 0.02


def test_the_bins_hold_every_picture_once():
    logits, classes = drawn(1.0, 500)
    found = calibration(logits, classes)
    assert sum(part["count"] for part in found["bins"]) == found["pictures"] == 500
    gaps = [
        abs(part["confidence"] - part["accuracy"]) * part["count"]
        for part in found["bins"]
        if part["count"]
    ]
    assert found["ece"] == pytest.approx(sum(gaps) / 500)


def test_certainty_of_one_stays_in_the_last_bin():
    logits = np.array([[100.0, 0.0]], np.float32)
    assert calibration(logits, np.array([0]))["bins"][-1]["count"] == 1
