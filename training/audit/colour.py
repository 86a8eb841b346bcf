"""Colour: what a picture's colours and brightness are, whatever it shows.

Nothing here knows where in the picture a colour stands or what shape it has. What can be told
by these figures alone can be told without looking at the picture.
"""

import numpy as np
import numpy.typing as npt

from edge.contract.picture import Rgb

Floats = npt.NDArray[np.float32]

# Brightness of sRGB pixels as televisions weigh it (ITU-R BT.601), which Pillow's "L" uses.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# A pixel is called grey below this chroma (the largest less the smallest of R, G, B, of 1):
# the eye then sees grey, and JPEG's own noise in grey areas stays below it.
GREY_CHROMA = 0.12
# Where a hue begins, in degrees; red goes around.
HUES = {
    "red": 345,
    "orange": 15,
    "yellow": 40,
    "green": 70,
    "cyan": 160,
    "blue": 200,
    "violet": 260,
}
SHADES = ("black", "dark", "middling", "light", "white")

# In the order of the vector. In words that fit "told by ...".
NAMES = (
    "brightness",
    "contrast",
    "saturation",
    "unevenness of colour",
    *(f"share of {shade} areas" for shade in SHADES),
    *(f"share of {shade} grey" for shade in ("dark", "middle", "light")),
    *(f"share of {hue}" for hue in HUES),
)
BRIGHTNESS = NAMES.index("brightness")
GREYS = slice(NAMES.index("share of dark grey"), NAMES.index("share of light grey") + 1)


def statistics(picture: Rgb) -> Floats:
    """Return float32 [len(NAMES)], each in [0, 1], of a uint8 picture [height, width, 3].

    Shares are of the picture's pixels. A hue counts pixels that are not grey.
    """
    pixels: Floats = picture.astype(np.float32) / np.float32(255)
    luma = pixels @ LUMA
    most: Floats = pixels.max(axis=2)
    chroma: Floats = most - pixels.min(axis=2)
    saturation = chroma / np.maximum(most, 1 / 255)
    grey = chroma < GREY_CHROMA
    shade = np.minimum((luma * len(SHADES)).astype(np.int64), len(SHADES) - 1)
    tone = np.minimum((luma * 3).astype(np.int64), 2)[grey]
    hue = np.digitize(_hue(pixels, most, chroma)[~grey], sorted(HUES.values()))
    # Below the first edge and above the last it is red.
    hues = np.bincount(hue % len(HUES), minlength=len(HUES))
    shares = np.concatenate(
        [
            np.bincount(shade.ravel(), minlength=len(SHADES)),
            np.bincount(tone, minlength=3),
            hues,
        ]
    )
    levels = [luma.mean(), luma.std(), saturation.mean(), saturation.std()]
    return np.concatenate([levels, shares / luma.size]).astype(np.float32)


def _hue(pixels: Floats, most: Floats, chroma: Floats) -> Floats:
    """Return the hue of each pixel in degrees, as in HSV; 0 for pure grey."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    safe = np.maximum(chroma, 1e-6)
    sector = np.where(
        most == red,
        (green - blue) / safe % 6,
        np.where(most == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    return np.asarray(60 * sector, dtype=np.float32)
