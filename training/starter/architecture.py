"""The starter trunk: Inception v3 from its stem to ``mixed8``, narrower and on smaller pictures.

Block for block it is ``keras.applications.InceptionV3`` (Szegedy et al. 2015,
"Rethinking the Inception Architecture for Computer Vision", arXiv:1512.00567):
convolutions without bias, batch normalisation without scale, ReLU. Only the
number of channels and the size of the input differ. Layer names are those
that Keras gives in a fresh process, but fixed, so that a second model in one
process does not get other names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge.contract.errors import EmberwatchError

if TYPE_CHECKING:
    import keras

MINIMUM_INPUT_SIZE = 75
"""Pixels a side; below it ``mixed8`` has no cell left (Keras sets the same limit)."""

CHANNEL_MULTIPLE = 4
"""Scaled channel counts are rounded to this, for the SIMD lanes of small CPUs."""

Tensor = Any


def build_starter_trunk(width: float, input_size: int) -> keras.Model:
    """Build the trunk with fresh random weights.

    Args:
        width: factor on Inception v3's channel counts, in (0, 1].
        input_size: pixels a side of the square input, at least 75.

    Returns:
        A model from float32 [N, S, S, 3] in [-1, 1] to float32 [N, h, w, C] >= 0,
        the output of layer ``mixed8``; ``get_layer("mixed7").output`` is the
        finer map before it. C is 1280 at width 1.

    Raises:
        EmberwatchError: width or input_size is out of range.
    """
    import keras

    if not 0.0 < width <= 1.0:
        raise EmberwatchError(
            "The width of the starter trunk is out of range", found=width, expected="0 < width <= 1"
        )
    if input_size < MINIMUM_INPUT_SIZE:
        raise EmberwatchError(
            "The input of the starter trunk is too small",
            found=f"{input_size} px",
            expected=f"at least {MINIMUM_INPUT_SIZE} px",
        )
    picture = keras.Input((input_size, input_size, 3), name="picture")
    x = _Blocks(width).trunk(picture)
    return keras.Model(picture, x, name="starter_trunk")


def scaled_channels(channels: int, width: float) -> int:
    """Scale a channel count of Inception v3, rounded to a multiple of 4 and at least 4."""
    multiples = round(channels * width / CHANNEL_MULTIPLE)
    return max(CHANNEL_MULTIPLE, multiples * CHANNEL_MULTIPLE)


class _Blocks:
    """Inception v3's blocks at one width; counts its convolutions to name them."""

    def __init__(self, width: float) -> None:
        self._width = width
        self._convolutions = 0

    def trunk(self, x: Tensor) -> Tensor:
        """Apply stem and ``mixed0`` to ``mixed8``."""
        x = self._stem(x)
        for index, pool_channels in enumerate((32, 64, 64)):
            x = self._block_35(x, pool_channels, f"mixed{index}")
        x = self._reduction_17(x, "mixed3")
        for index, channels in enumerate((128, 160, 160, 192)):
            x = self._block_17(x, channels, f"mixed{index + 4}")
        return self._reduction_8(x, "mixed8")

    def _stem(self, x: Tensor) -> Tensor:
        x = self._conv(x, 32, (3, 3), strides=2, padding="valid")
        x = self._conv(x, 32, (3, 3), padding="valid")
        x = self._conv(x, 64, (3, 3))
        x = self._max_pool(x)
        x = self._conv(x, 80, (1, 1), padding="valid")
        x = self._conv(x, 192, (3, 3), padding="valid")
        return self._max_pool(x)

    def _block_35(self, x: Tensor, pool_channels: int, name: str) -> Tensor:
        """Apply the block of the 35 x 35 maps (sizes named for a 299-pixel input)."""
        one = self._conv(x, 64, (1, 1))
        five = self._chain(x, (48, (1, 1)), (64, (5, 5)))
        double = self._chain(x, (64, (1, 1)), (96, (3, 3)), (96, (3, 3)))
        pool = self._conv(self._average_pool(x), pool_channels, (1, 1))
        return self._concatenate([one, five, double, pool], name)

    def _reduction_17(self, x: Tensor, name: str) -> Tensor:
        three = self._conv(x, 384, (3, 3), strides=2, padding="valid")
        double = self._chain(x, (64, (1, 1)), (96, (3, 3)))
        double = self._conv(double, 96, (3, 3), strides=2, padding="valid")
        return self._concatenate([three, double, self._max_pool(x)], name)

    def _block_17(self, x: Tensor, inner: int, name: str) -> Tensor:
        """Apply the block of the 17 x 17 maps, whose 7 x 7 kernels are split in two."""
        one = self._conv(x, 192, (1, 1))
        seven = self._chain(x, (inner, (1, 1)), (inner, (1, 7)), (192, (7, 1)))
        double = self._chain(
            x, (inner, (1, 1)), (inner, (7, 1)), (inner, (1, 7)), (inner, (7, 1)), (192, (1, 7))
        )
        pool = self._conv(self._average_pool(x), 192, (1, 1))
        return self._concatenate([one, seven, double, pool], name)

    def _reduction_8(self, x: Tensor, name: str) -> Tensor:
        three = self._conv(x, 192, (1, 1))
        three = self._conv(three, 320, (3, 3), strides=2, padding="valid")
        seven = self._chain(x, (192, (1, 1)), (192, (1, 7)), (192, (7, 1)))
        seven = self._conv(seven, 192, (3, 3), strides=2, padding="valid")
        return self._concatenate([three, seven, self._max_pool(x)], name)

    def _chain(self, x: Tensor, *steps: tuple[int, tuple[int, int]]) -> Tensor:
        for channels, kernel in steps:
            x = self._conv(x, channels, kernel)
        return x

    def _conv(
        self,
        x: Tensor,
        channels: int,
        kernel: tuple[int, int],
        *,
        strides: int = 1,
        padding: str = "same",
    ) -> Tensor:
        """Apply convolution, batch normalisation and ReLU, named as Keras names them."""
        from keras import layers

        suffix = f"_{self._convolutions}" if self._convolutions else ""
        self._convolutions += 1
        x = layers.Conv2D(
            scaled_channels(channels, self._width),
            kernel,
            strides=strides,
            padding=padding,
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"conv2d{suffix}",
        )(x)
        x = layers.BatchNormalization(scale=False, name=f"batch_normalization{suffix}")(x)
        return layers.Activation("relu", name=f"activation{suffix}")(x)

    def _max_pool(self, x: Tensor) -> Tensor:
        from keras import layers

        return layers.MaxPooling2D((3, 3), strides=2)(x)

    def _average_pool(self, x: Tensor) -> Tensor:
        from keras import layers

        return layers.AveragePooling2D((3, 3), strides=1, padding="same")(x)

    def _concatenate(self, branches: list[Tensor], name: str) -> Tensor:
        from keras import layers

        return layers.Concatenate(name=name)(branches)
