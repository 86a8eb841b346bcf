"""Heat maps: where they are hot, and where a cropping model does not look."""

import numpy as np
import pytest

from edge.contract.errors import LabelsError, ModelError
from edge.contract.preprocess import Preprocess
from edge.inference.heatmap import HeatMap
from edge.inference.prediction import Frame, Prediction
from tests.fakes.tiny_bundle import FIRE, LABELS, MISC, plain, tiny_classifier

SQUASH = Preprocess(32, 32)


def test_the_hot_part_is_where_the_fire_is():
    picture = plain(MISC, 160, 120)
    picture[:60, 80:] = FIRE
    prediction = tiny_classifier().classify(Frame(picture, 0.0, 0))
    heat = HeatMap.of(prediction, ["fire", "smoke"], SQUASH).stretched(160, 120)
    assert heat.shape == (120, 160)
    assert heat[:45, 100:].min() > 0.8
    assert heat[75:, :].max() < 0.2
    assert heat[:, :60].max() < 0.2


def test_a_cold_frame_is_left_as_it_is():
    picture = plain(MISC, 64, 48)
    cold = HeatMap(np.zeros((8, 8), np.float32))
    assert np.array_equal(cold.over(picture), picture)


def test_a_hot_frame_is_coloured_and_its_hot_part_outlined():
    cells = np.zeros((8, 8), np.float32)
    cells[2:5, 2:5] = 1
    over = HeatMap(cells).over(plain((0, 0, 0), 320, 240))
    assert over[105, 140].max() > 100
    assert (over == 255).all(axis=2).any()
    assert over[-1].max() == 0


def test_what_a_cropping_model_does_not_see_stays_cold():
    hot = HeatMap(np.ones((8, 8), np.float32), shape=(32, 32)).stretched(200, 100)
    assert hot[:, 50:150].min() == 1
    assert hot[:, :50].max() == hot[:, 150:].max() == 0


def test_without_a_class_map_there_is_no_heat():
    scores = np.array([1, 0, 0], np.float32)
    with pytest.raises(ModelError, match="no class map"):
        HeatMap.of(Prediction(LABELS, scores, None, 0.0), ["fire"], SQUASH)


def test_a_class_that_is_not_there_is_named():
    prediction = tiny_classifier().classify(Frame(plain(FIRE), 0.0, 0))
    with pytest.raises(LabelsError, match="steam"):
        HeatMap.of(prediction, ["steam"], SQUASH)


def test_a_frame_without_hazard_stays_cold_whatever_its_cells_look_like():
    heat = HeatMap(np.full((2, 2), 0.9, np.float32))
    frame = np.full((24, 32, 3), 90, np.uint8)
    assert heat.weighed(0.0).over(frame).tobytes() == frame.tobytes()
    assert heat.weighed(1.0).over(frame).tobytes() == heat.over(frame).tobytes()
