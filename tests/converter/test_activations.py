"""What is noted of a float model's tensors must not depend on where in them it stands."""

import keras
import numpy as np
import tensorflow as tf

from converter.activations import Activations

CHANNELS = 64


def test_values_are_kept_of_every_channel():
    """Every 16th value of 64 channels is always of the same four."""
    inputs = keras.Input(batch_shape=(1, 24, 24, 3))
    layer = keras.layers.Conv2D(CHANNELS, 1)
    outputs = keras.layers.Conv2D(2, 1)(keras.layers.MaxPooling2D(1)(layer(inputs)))
    model = keras.Model(inputs, outputs)
    kernel = np.ones((1, 1, 3, CHANNELS), np.float32)
    kernel[..., 5] = 50.0
    layer.set_weights([kernel, np.zeros(CHANNELS, np.float32)])
    data = bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    picture = np.full((24, 24, 3), 100, np.uint8)
    ranges = Activations(data, keep_values=True).add([picture]).ranges(99.0)
    # One channel in 64 is more than a hundredth of the values: its value must be in the range.
    assert max(high for _, high in ranges.values()) > 14_000
    assert any(abs(high - 15_000) < 1 for name, (_, high) in ranges.items() if "pool" in name)
