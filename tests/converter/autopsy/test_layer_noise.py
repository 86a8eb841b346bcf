"""Claims of the layers' noise, and a layer poisoned to be found."""

import numpy as np
import pytest

from converter.autopsy.float_twin import EVERYTHING, FloatTwin
from converter.autopsy.graph_run import GraphRun
from converter.autopsy.layer_noise import layer_noise
from converter.calibration import CalibrationSet
from converter.recipes import find_recipe
from converter.tflite_model import model_path
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError, ModelError
from tests.converter.autopsy.planting import clip_range, poison_weights


@pytest.fixture(scope="module")
def pair(converted: TrainedModel) -> tuple[bytes, bytes]:
    """Return the small run's float32 and int8 files."""
    names = ("float32", "int8")
    float32, int8 = (model_path(converted, find_recipe(n)).read_bytes() for n in names)
    return float32, int8


@pytest.fixture(scope="module")
def pixels(converted: TrainedModel) -> list[np.ndarray]:
    """Return calibration tensors."""
    return list(CalibrationSet.draw(converted, 12).tensors())


def test_the_twin_with_float_weights_is_the_float_model(pair, pixels) -> None:
    twin = FloatTwin(pair[1], pair[0])
    assert twin.unmatched == ()
    ours = GraphRun(twin.build(float_weights=EVERYTHING).model)
    theirs = GraphRun(pair[0])
    for tensor in pixels[:4]:
        left = ours.invoke(tensor[None].astype(np.float32))
        right = theirs.invoke(tensor[None])
        for shape in {value.shape for value in right}:
            (a,), (b,) = ([v for v in side if v.shape == shape] for side in (left, right))
            assert np.abs(a - b).max() < 1e-4


def test_the_twin_rounded_throughout_is_the_quantised_model(pair, pixels) -> None:
    twin = FloatTwin(pair[1], pair[0])
    ours = GraphRun(twin.build(rounded=EVERYTHING).model)
    theirs = GraphRun(pair[1], "reference")
    (scores,) = (at for at, spec in enumerate(theirs.outputs) if len(spec.shape) == 2)
    for tensor in pixels[:6]:
        left = ours.invoke(tensor[None].astype(np.float32))[scores]
        right = theirs.outputs[scores].dequantise(theirs.invoke(tensor[None])[scores])
        assert np.abs(left - right).max() <= 3 / 256


def test_every_quantised_tensor_has_its_noise_in_the_order_of_the_network(pair, pixels) -> None:
    found = layer_noise(*pair, pixels)
    assert [layer.place for layer in found] == sorted(layer.place for layer in found)
    assert {layer.operator for layer in found} >= {"CONV_2D", "MAX_POOL_2D", "MEAN", "SOFTMAX"}
    convolutions = [layer for layer in found if layer.operator == "CONV_2D"]
    assert len(convolutions) == 7
    assert all(10 < layer.snr_db <= layer.own_snr_db + 3 < 60 for layer in convolutions)
    assert all(layer.clipped < 0.02 for layer in convolutions)


def test_a_tensor_that_only_passes_on_adds_no_noise(pair, pixels) -> None:
    found = layer_noise(*pair, pixels)
    pooled = [layer for layer in found if layer.operator == "MAX_POOL_2D"]
    assert pooled and all(layer.own_snr_db > layer.snr_db + 20 for layer in pooled)


@pytest.mark.parametrize("nth", [0, 2, 4])
def test_poisoned_weights_stand_out_in_their_own_layer(pair, pixels, nth) -> None:
    poisoned, name = poison_weights(pair[1], nth, 1.6)
    found = layer_noise(pair[0], poisoned, pixels)
    worst = min(found, key=lambda layer: layer.own_snr_db)
    assert worst.name == name
    assert worst.from_weights > 0.8 and worst.own_snr_db < 10
    others = [layer.own_snr_db for layer in found if layer is not worst]
    assert min(others) > worst.own_snr_db + 8


@pytest.mark.parametrize("nth", [0, 1, 5])
def test_a_clipped_range_stands_out_and_is_called_clipped(pair, pixels, nth) -> None:
    clipped, names = clip_range(pair[1], nth, 0.15)
    found = layer_noise(pair[0], clipped, pixels)
    worst = min(found, key=lambda layer: layer.own_snr_db)
    assert worst.name in names
    assert worst.clipped > 0.02 and worst.clip_noise > 0.8 and worst.from_weights < 0.3


def test_files_of_other_networks_and_no_pictures_are_refused(pair, pixels) -> None:
    with pytest.raises(ModelError, match="no quantised activations"):
        layer_noise(pair[0], pair[0], pixels)
    with pytest.raises(ModelError, match="no TFLite model"):
        layer_noise(b"not a model at all", pair[1], pixels)
    with pytest.raises(InputError, match="no pictures"):
        layer_noise(*pair, [])
