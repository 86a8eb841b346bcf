"""How far kernels are apart on a picture, by which golden pictures are chosen."""

import numpy as np
import pytest

from converter.calibration import read_row
from converter.packaging.kernels import kernel_spreads
from converter.pi_environment import PiEnvironment
from converter.recipes import find_recipe
from converter.tflite_model import model_path
from converter.trained_model import TrainedModel


@pytest.fixture(scope="module")
def rows(converted: TrainedModel):
    return converted.pictures("validation")[:4]


def test_a_kernel_that_answers_otherwise_is_seen(converted: TrainedModel, pi: PiEnvironment, rows):
    path = model_path(converted, find_recipe("int8"))
    tensors = [converted.preprocess.apply(read_row(converted, row)) for row in rows]
    paths = [converted.path_of(row) for row in rows]
    scores = pi.predict(path, paths, converted.labels).scores
    plain = kernel_spreads(path.read_bytes(), tensors, scores)
    assert max(plain) <= 8 / 256
    planted = scores.copy()
    planted[2] = np.roll(planted[2], 1)
    spreads = kernel_spreads(path.read_bytes(), tensors, planted)
    assert spreads[2] > 0.4
    assert spreads[:2] + spreads[3:] == plain[:2] + plain[3:]
