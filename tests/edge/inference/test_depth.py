"""Depth: near what was trained on is within it, far away is not; damaged files are refused."""

import json

import numpy as np
import pytest

from edge.contract.errors import BundleTampered
from edge.inference.depth import Depth


def trained_on() -> np.ndarray:
    """Return features of 500 pictures, float32 [500, 40]; the last channel never varies."""
    features = np.random.default_rng(1).normal(2.0, 0.5, (500, 40)).astype(np.float32)
    features[:, -1] = 0.0
    return features


def test_the_bound_encloses_the_share_asked_for():
    features = trained_on()
    depth = Depth.of_pictures(features, 0.95)
    outside = np.mean([depth.of(row) > 1 for row in features])
    assert 0.03 <= outside <= 0.07


def test_what_is_far_from_the_training_pictures_is_out_of_depth():
    features = trained_on()
    depth = Depth.of_pictures(features, 0.95)
    assert depth.of(features.mean(axis=0)) < 0.5
    assert depth.of(features[0] + 3.0) > 2
    assert depth.of(features[0] - 3.0) > 2


def test_it_is_the_same_after_the_bundle():
    depth = Depth.of_pictures(trained_on(), 0.9)
    back = Depth.from_bytes(depth.to_bytes())
    assert np.array_equal(back.mean, depth.mean)
    assert np.array_equal(back.spread, depth.spread)
    assert back.bound == depth.bound
    assert back.to_bytes() == depth.to_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"bound": 0},
        {"bound": "x"},
        {"mean": "AAA"},
        {"mean": ""},
        {"mean": "AHwAfA=="},  # infinity, twice
        {"spread": "AAAA"},
        {"spread": None},
    ],
)
def test_a_damaged_file_is_refused(change):
    record = json.loads(Depth.of_pictures(trained_on(), 0.9).to_bytes()) | change
    with pytest.raises(BundleTampered):
        Depth.from_bytes(json.dumps(record).encode())


def test_no_json_is_refused():
    with pytest.raises(BundleTampered):
        Depth.from_bytes(b"\xff{")
