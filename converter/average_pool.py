"""Average pools rewritten: a Keras model's averages as convolutions that XNNPACK takes."""

from typing import Any, Literal

import numpy as np

# The form of a converted model's average pools: TensorFlow's operator, or our convolution.
Pools = Literal["average", "convolution"]


def faster_pools(runtime: str) -> Pools:
    """Return the form that is faster in 8 bits in a runtime, such as `tflite-runtime 2.14.0`.

    By measurement: `docs/decisions/average-pools.md`, `python -m tests.benchmarks quantised`.
    """
    return "convolution" if runtime.startswith("ai-edge-litert") else "average"


def rewrite_average_pools(model: Any) -> Any:
    """Return a copy of a Keras model whose average pools are convolutions.

    XNNPACK, the fast CPU backend of LiteRT, takes no int8 AVERAGE_POOL_2D: each one ends a
    delegated part of the graph. A depthwise convolution it takes. Keras averages over the
    cells inside the picture alone, so the convolution by 1/(rows x columns), whose padding
    counts as zeros, is multiplied by a constant mask: that share's inverse at each cell. With
    'valid' padding there are no such cells, and no mask. Exact but for rounding, about 1e-7 of
    the largest value.

    Worth it for `ai-edge-litert` alone: `tflite-runtime` 2.14 delegates nothing in int8, and
    there the pool is the faster of the two. Any other layer is copied as it is, weights
    included; models inside the model too.
    """
    import keras

    made = pool_layer_class()

    def copy(layer: Any) -> Any:
        if is_replaceable(layer):
            return made(layer.pool_size, layer.strides, layer.padding, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    clone = keras.models.clone_model(model, clone_function=copy, recursive=True)
    clone.set_weights(model.get_weights())
    return clone


def is_replaceable(layer: Any) -> bool:
    """Say whether a layer is an average pool that a convolution can stand in for.

    TensorFlow's depthwise convolution has one stride for rows and columns.
    """
    import keras

    return (
        isinstance(layer, keras.layers.AveragePooling2D)
        and layer.data_format == "channels_last"
        and len(set(layer.strides)) == 1
    )


def border_mask(
    rows: int, columns: int, window: tuple[int, int], stride: int = 1
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return float32 [1, rows out, columns out, 1]: window cells per cell of it on the map.

    `rows` and `columns` are those of the map that comes in. 1 inside; for a 3x3 window with
    stride 1, 3/2 on an edge and 9/4 in a corner.
    """
    inside = [
        _cells_inside(length, size, stride)
        for length, size in ((rows, window[0]), (columns, window[1]))
    ]
    share = inside[0][:, None] * inside[1][None, :] / (window[0] * window[1])
    return np.asarray(1.0 / share, np.float32)[None, :, :, None]


def _cells_inside(length: int, size: int, stride: int) -> Any:
    """Return how many cells of each window lie on the map, along one side.

    'same' padding as TensorFlow defines it: as many cells as make up ceil(length / stride)
    windows, the smaller half of them before the first one.
    """
    windows = -(-length // stride)
    before = max((windows - 1) * stride + size - length, 0) // 2
    starts = np.arange(windows) * stride - before
    return np.minimum(starts + size, length) - np.maximum(starts, 0)


def pool_layer_class() -> Any:
    """Return the layer that replaces a pool: a class, made here since Keras loads slowly."""
    import keras

    class AverageByConvolution(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
        """An average over a window; the map's size is fixed."""

        def __init__(
            self, window: tuple[int, int], strides: tuple[int, int], padding: str, **named: Any
        ) -> None:
            super().__init__(**named)
            self.window = (int(window[0]), int(window[1]))
            self.stride, self.padding = int(strides[0]), padding

        def call(self, inputs: Any) -> Any:
            _, rows, columns, channels = inputs.shape
            weight = 1.0 / (self.window[0] * self.window[1])
            kernel = keras.ops.full((*self.window, channels, 1), weight, "float32")
            summed = keras.ops.depthwise_conv(inputs, kernel, self.stride, padding=self.padding)
            if self.padding == "valid":
                return summed
            return summed * border_mask(rows, columns, self.window, self.stride)

        def compute_output_shape(self, input_shape: Any) -> Any:
            given, rows, columns, channels = input_shape
            sizes = [
                -(-length // self.stride)
                if self.padding == "same"
                else (length - size) // self.stride + 1
                for length, size in zip((rows, columns), self.window, strict=True)
            ]
            return (given, *sizes, channels)

    return AverageByConvolution
