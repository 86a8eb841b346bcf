"""Look: the classifier's own scores, on their way to the hand."""

import numpy as np
import pytest

from edge.contract.errors import InputError
from edge.eye.look import Look
from edge.hand.judge import prediction
from edge.inference.depth import Depth
from edge.inference.prediction import Frame
from edge.link.report import FrameReport, read_message
from edge.link.wire import Decoder, encode
from tests.fakes.tiny_bundle import FIRE, LABELS, plain, tiny_bundle, tiny_classifier


@pytest.mark.parametrize("colour", [FIRE, (140, 150, 160)])
def test_the_scores_arrive_as_the_classifier_gave_them(colour):
    classifier = tiny_classifier()
    frame = Frame(plain(colour), 1.5, 7)
    told = Look(classifier).look(frame, dropped=3)
    (message,) = Decoder().feed(encode(*told.message()))
    report = read_message(message)
    assert isinstance(report, FrameReport)
    assert (report.number, report.time_s, report.dropped) == (7, 1.5, 3)
    assert report.invoke_ms > 0
    arrived, given = prediction(report, LABELS), classifier.classify(frame)
    assert np.array_equal(arrived.scores, given.scores)
    assert np.array_equal(arrived.class_map, given.class_map)


def test_a_frame_that_is_no_picture_is_refused():
    with pytest.raises(InputError, match="not an RGB picture"):
        Look(tiny_classifier()).look(Frame(np.zeros((4, 4, 4), np.uint8), 0.0, 0))


def test_how_far_a_scene_is_from_training_is_told_once_a_second():
    depth = Depth.of_bundle(tiny_bundle(depth=True))
    look = Look(tiny_classifier(), depth=depth)
    told = [look.look(Frame(plain(FIRE), n / 4, n)).depth for n in range(9)]
    assert [n for n, one in enumerate(told) if one is not None] == [0, 4, 8]
    assert told[0] < 1
    strange = look.look(Frame(plain((255, 0, 255)), 9.0, 9)).depth
    assert strange > told[0]
    assert Look(tiny_classifier()).look(Frame(plain(FIRE), 0.0, 0)).depth is None
