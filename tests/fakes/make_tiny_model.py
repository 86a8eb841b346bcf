"""Makes tests/fakes/tiny_colour.tflite: a classifier by colour alone, with weights set by hand.

Red-ish pictures are fire, grey-ish ones that are not dark are smoke, all else is misc. It has
the inputs and outputs of a real one: uint8 RGB in; uint8 scores [1, 3], class map and what it
is made of out.

    .venv/workstation/bin/python tests/fakes/make_tiny_model.py
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

OUT = Path(__file__).with_name("tiny_colour.tflite")
SIZE, CELLS = 32, 8


def features() -> tuple[np.ndarray, np.ndarray]:
    """Return kernel [1, 1, 3, 7] and bias: the differences of channels, and darkness."""
    rows = [(1, -1, 0), (-1, 1, 0), (1, 0, -1), (-1, 0, 1), (0, 1, -1), (0, -1, 1)]
    kernel = np.array([*rows, (-1 / 3, -1 / 3, -1 / 3)], np.float32).T / 255
    bias = np.array([0] * 6 + [70 / 255], np.float32)
    return kernel.reshape(1, 1, 3, 7), bias


def logits() -> tuple[np.ndarray, np.ndarray]:
    """Return kernel [1, 1, 7, 3] and bias of fire, smoke, misc."""
    #         r>g   g>r   r>b   b>r   g>b   b>g  dark
    fire = [6.0, -9.0, 6.0, -9.0, 0.0, 0.0, -6.0]
    smoke = [-9.0, -9.0, -9.0, -9.0, -9.0, -9.0, -16.0]
    misc = [-6.0, 6.0, -6.0, 6.0, 0.0, 0.0, 16.0]
    kernel = np.array([fire, smoke, misc], np.float32).T.reshape(1, 1, 7, 3)
    return kernel, np.array([-1.0, 3.0, 0.5], np.float32)


def build() -> tf.keras.Model:
    """Return the Keras model, float, with pixels 0 to 255 in."""
    pixels = tf.keras.Input((SIZE, SIZE, 3), batch_size=1)
    small = tf.keras.layers.AveragePooling2D(SIZE // CELLS)(pixels)
    differences = tf.keras.layers.Conv2D(7, 1, activation="relu", name="differences")
    class_map = tf.keras.layers.Conv2D(3, 1, name="class_map")
    made_of = differences(small)
    mapped = class_map(made_of)
    scores = tf.keras.layers.Softmax(name="scores")(
        tf.keras.layers.GlobalAveragePooling2D()(mapped)
    )
    model = tf.keras.Model(pixels, [scores, mapped, made_of])
    differences.set_weights(features())
    class_map.set_weights(logits())
    return model


def calibration():
    """Give pictures of one colour, black and white among them, and of noise."""
    generator = np.random.default_rng(1)
    for colour in np.ndindex(3, 3, 3):
        yield [np.full((1, SIZE, SIZE, 3), np.array(colour) * 127.5, np.float32)]
    for _ in range(20):
        yield [generator.integers(0, 256, (1, SIZE, SIZE, 3)).astype(np.float32)]


def main() -> None:
    """Convert and write."""
    converter = tf.lite.TFLiteConverter.from_keras_model(build())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibration
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8
    OUT.write_bytes(converter.convert())
    print(f"{OUT.name}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
