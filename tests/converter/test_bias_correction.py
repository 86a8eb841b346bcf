"""Biases corrected: the mean of a quantised layer is the float one's again."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from converter.activations import Activations
from converter.bias_correction import correct_biases
from converter.tensorflow_quantizer import quantise_with_tensorflow

CHANNELS = 8


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), np.uint8)


@pytest.fixture(scope="module", params=["convolution", "depthwise"])
def float_model(request):
    """Return a network whose weights round off to one side: all lie a third of a step high."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input(batch_shape=(1, 16, 16, 3))
    layers = keras.layers
    x = layers.Conv2D(CHANNELS, 3, activation="relu", padding="same")(inputs)
    if request.param == "depthwise":
        layer = layers.DepthwiseConv2D(3, padding="valid", name="middle")
    else:
        layer = layers.Conv2D(CHANNELS, 3, padding="valid", name="middle")
    x = layer(x)
    x = layers.Conv2D(3, 1)(layers.ReLU()(x))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
    kernel, bias = layer.get_weights()
    steps = np.round(kernel / np.abs(kernel).max() * 100)
    # One weight of each output fills the range, so that a step is 1/127 of 1.
    steps = (steps + 1 / 3) / 127
    steps[0, 0, 0] = 1.0
    layer.set_weights([steps.astype(np.float32), bias])
    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def outputs(model, pictures):
    options = {"experimental_op_resolver_type": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES}
    interpreter = Interpreter(model_content=model, **options)
    interpreter.allocate_tensors()
    given, got = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    rows = []
    for picture in pictures:
        interpreter.set_tensor(given["index"], picture[np.newaxis].astype(given["dtype"]))
        interpreter.invoke()
        scale, zero_point = got["quantization"]
        row = interpreter.get_tensor(got["index"])[0].astype(np.float32)
        rows.append((row - zero_point) * scale if scale else row)
    return np.stack(rows)


def test_the_mean_comes_back(float_model, pictures):
    pictures[0, 0, 0], pictures[0, -1, -1] = 0, 255
    activations = Activations(float_model).add(pictures)
    plain = quantise_with_tensorflow(float_model, activations.ranges())
    corrected = correct_biases(float_model, plain, activations.means)
    exact = outputs(float_model, pictures)
    before = np.abs(outputs(plain, pictures).mean(0) - exact.mean(0)).mean()
    after = np.abs(outputs(corrected, pictures).mean(0) - exact.mean(0)).mean()
    assert after < 0.5 * before


def test_the_same_model_gives_the_same_bytes(float_model, pictures):
    activations = Activations(float_model).add(pictures)
    plain = quantise_with_tensorflow(float_model, activations.ranges())
    twice = [correct_biases(float_model, plain, activations.means) for _ in range(2)]
    assert twice[0] == twice[1]


def test_layers_that_nothing_is_known_of_stay_as_they_are(float_model, pictures):
    activations = Activations(float_model).add(pictures)
    plain = quantise_with_tensorflow(float_model, activations.ranges())
    same = outputs(correct_biases(float_model, plain, {}), pictures)
    assert np.array_equal(same, outputs(plain, pictures))
