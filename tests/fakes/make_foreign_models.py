"""Make tests/fakes/foreign/*.tflite: small classifiers as other projects would convert them.

Each says which of red, green and blue a picture has most of, so that a wrong channel order,
pixel range or label order is seen at once. Run on the workstation, once:

    .venv/workstation/bin/python tests/fakes/make_foreign_models.py
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

OUT = Path(__file__).parent / "foreign"
SIZE = 8
Floats = np.ndarray


def network(
    low: float, high: float, *, head: str = "conv", logits: bool = False, square: bool = False
) -> keras.Model:
    """Return a network for pixels in low..high; `square` keeps the shape [1, 1, 1, 3]."""
    gain = 3 / (high - low)
    picture = keras.Input((SIZE, SIZE, 3), batch_size=1)
    if head == "conv":
        layer = keras.layers.Conv2D(3, 1, use_bias=False)
        scores = keras.layers.GlobalAveragePooling2D(keepdims=square)(layer(picture))
    else:
        layer = keras.layers.Dense(3, use_bias=False)
        scores = layer(keras.layers.GlobalAveragePooling2D()(picture))
    if not logits:
        scores = keras.layers.Softmax()(scores)
    model = keras.Model(picture, scores)
    # Off the diagonal all differ, so that no two channels or classes can change places.
    weights = gain * np.array([[1, -0.5, -0.4], [-0.5, 1, -0.6], [-0.5, -0.4, 1]], np.float32)
    layer.set_weights([weights.reshape(layer.kernel.shape)])
    return model


def pictures(low: float, high: float) -> Callable[[], Iterator[list[Floats]]]:
    """Return a representative dataset over the whole range."""

    def each() -> Iterator[list[Floats]]:
        rng = np.random.default_rng(7)
        for _ in range(64):
            colour = rng.choice([low, high], size=(1, 1, 1, 3))
            noise = rng.uniform(low, high, (1, SIZE, SIZE, 3))
            yield [(0.8 * colour + 0.2 * noise).astype(np.float32)]
        yield [np.full((1, SIZE, SIZE, 3), low, np.float32)]
        yield [np.full((1, SIZE, SIZE, 3), high, np.float32)]

    return each


def convert(model: keras.Model, low: float, high: float, dtype: tf.DType | None) -> bytes:
    """Return the model in full int8 with tensors of `dtype` at its ends, or in float for None."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if dtype is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = pictures(low, high)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = dtype
        converter.inference_output_type = dtype
    return bytes(converter.convert())


def main() -> None:
    """Write every model and the labels."""
    unit, signed, bytes_ = (0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)
    models = {
        "uint8_unit": convert(network(*unit), *unit, tf.uint8),
        "uint8_pixels": convert(network(*bytes_), *bytes_, tf.uint8),
        "int8_signed": convert(network(*signed), *signed, tf.int8),
        "int8_logits": convert(network(*signed, logits=True), *signed, tf.int8),
        "float_signed": convert(network(*signed), *signed, None),
        "float_unit": convert(network(*unit), *unit, None),
        "float_logits": convert(network(*signed, logits=True), *signed, None),
        "float_square": convert(network(*signed, square=True), *signed, None),
        "dense_head": convert(network(*unit, head="dense"), *unit, tf.uint8),
    }
    OUT.mkdir(exist_ok=True)
    for name, model in models.items():
        (OUT / f"{name}.tflite").write_bytes(model)
        print(f"{name}: {len(model)} bytes")
    (OUT / "labels.txt").write_text("red\ngreen\nblue\n")


if __name__ == "__main__":
    main()
