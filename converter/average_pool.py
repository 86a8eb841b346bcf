"""Average pools rewritten: a Keras model's 3x3 averages as convolutions that XNNPACK takes."""

from typing import Any

import numpy as np


def rewrite_average_pools(model: Any) -> Any:
    """Return a copy of a Keras model whose unstrided 'same' average pools are convolutions.

    XNNPACK, the fast CPU backend of LiteRT, takes no int8 AVERAGE_POOL_2D: each one ends a
    delegated part of the graph. A depthwise convolution it takes. Keras averages over the
    cells inside the picture alone, so the convolution by 1/(rows x columns), whose padding
    counts as zeros, is multiplied by a constant mask: that share's inverse at each cell.
    Exact but for rounding, about 1e-7 of the largest value.

    Worth it for `ai-edge-litert` alone: `tflite-runtime` 2.14 delegates nothing in int8, and
    there the pool is the faster of the two. Any other layer is copied as it is, weights
    included; models inside the model too.
    """
    import keras

    made = pool_layer_class()

    def copy(layer: Any) -> Any:
        if is_replaceable(layer):
            return made(layer.pool_size, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    clone = keras.models.clone_model(model, clone_function=copy, recursive=True)
    clone.set_weights(model.get_weights())
    return clone


def is_replaceable(layer: Any) -> bool:
    """Say whether a layer averages with 'same' padding and a stride of 1."""
    import keras

    return (
        isinstance(layer, keras.layers.AveragePooling2D)
        and layer.padding == "same"
        and tuple(layer.strides) == (1, 1)
        and layer.data_format == "channels_last"
    )


def border_mask(
    rows: int, columns: int, window: tuple[int, int]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return float32 [1, rows, columns, 1]: the window's cells per cell of it inside the map.

    1 inside; for a 3x3 window 3/2 on an edge and 9/4 in a corner.
    """
    # 'same' puts (size - 1) // 2 cells of padding before the first one, the rest behind.
    inside = [
        np.convolve(np.ones(length), np.ones(size))[size - 1 - (size - 1) // 2 :][:length]
        for length, size in ((rows, window[0]), (columns, window[1]))
    ]
    share = inside[0][:, None] * inside[1][None, :] / (window[0] * window[1])
    return (1.0 / share).astype(np.float32)[None, :, :, None]


def pool_layer_class() -> Any:
    """Return the layer that replaces a pool: a class, made here since Keras loads slowly."""
    import keras

    class AverageByConvolution(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
        """An average over a window, stride 1, 'same' padding; the map's size is fixed."""

        def __init__(self, window: tuple[int, int], **named: Any) -> None:
            super().__init__(**named)
            self.window = (int(window[0]), int(window[1]))

        def call(self, inputs: Any) -> Any:
            _, rows, columns, channels = inputs.shape
            weight = 1.0 / (self.window[0] * self.window[1])
            kernel = keras.ops.full((*self.window, channels, 1), weight, "float32")
            summed = keras.ops.depthwise_conv(inputs, kernel, padding="same")
            return summed * border_mask(rows, columns, self.window)

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

    return AverageByConvolution
