"""Texture: how much happens in a picture, as a feature that the cache can keep."""

import numpy as np

from edge.contract.picture import Rgb
from training.features import Floats, Network

# Luma of ITU-R BT.601.
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
WINDOW_PIXELS = 8


class TextureSource:
    """Gives texture in the place of a network's features.

    The measure is local: the standard deviation of luma, in grey levels, within windows of
    8 x 8 pixels of the network's input, averaged over the windows. A plain wall has about 1,
    asphalt 5, a crowd 20; an even gradient from top to bottom still counts as plain.
    """

    digest = "texture-1"
    words = "texture"

    def open(self, cores: int | None = None) -> Network:
        """Return `texture`: there is nothing to load."""
        return texture

    def portable(self) -> "TextureSource":
        """Return itself: it holds nothing that could not travel."""
        return self


def texture(pixels: Rgb) -> Floats:
    """Return the texture of each picture, float32 [n, 1], of uint8 [n, height, width, 3].

    Rows and columns past the last whole window are left out.
    """
    luma = pixels.astype(np.float32) @ LUMA
    count, height, width = luma.shape
    rows, columns = height // WINDOW_PIXELS, width // WINDOW_PIXELS
    whole = luma[:, : rows * WINDOW_PIXELS, : columns * WINDOW_PIXELS]
    windows = whole.reshape(count, rows, WINDOW_PIXELS, columns, WINDOW_PIXELS)
    spread = windows.std(axis=(2, 4))
    return np.asarray(spread.mean(axis=(1, 2))[:, None], dtype=np.float32)
