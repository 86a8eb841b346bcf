"""The sheet's colours and its typeface."""

from functools import cache
from typing import cast

from PIL import ImageFont

Colour = tuple[int, int, int]

PAPER: Colour = (18, 19, 23)
PANEL: Colour = (30, 32, 38)
TRACK: Colour = (50, 53, 62)
LINE: Colour = (78, 82, 94)
DIM: Colour = (158, 163, 175)
INK: Colour = (238, 240, 244)

STATE_COLOURS: dict[str, Colour] = {
    "clear": (96, 186, 128),
    "pre-alarm": (244, 190, 70),
    "alarm": (242, 86, 72),
    "trouble": (176, 124, 226),
}


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's own typeface in a size in pixels."""
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))
