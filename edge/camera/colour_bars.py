"""ColourBars: a card of coloured bars, and what order of colours a picture of it is in."""

from dataclasses import dataclass
from itertools import groupby, pairwise, permutations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from edge.camera.camera import RIGHT_ORDER
from edge.contract.picture import Rgb

# Red, green, blue, yellow. Whichever way the three channels are exchanged, and whether the card
# is seen upright, in a mirror or on its head, the sequence is another one each time.
BARS = ((220, 30, 30), (30, 170, 60), (40, 60, 210), (240, 210, 20))
NAMES = ("red", "green", "blue", "yellow")
# A hue's sixth of the circle, from red on: red, yellow, green, cyan, blue, magenta.
RED, YELLOW, GREEN, CYAN, BLUE, MAGENTA = range(6)
NO_HUE = 6

CARD_SIZE = (1754, 1240)  # A4, lying, at 150 dots an inch
SMALL = (320, 180)
# Below these a pixel has no colour to speak of: (max - min) / max, and max of 255.
LEAST_SATURATION, LEAST_LIGHT = 0.35, 40
# Bars are at least so wide and so far apart, in pixels of the small picture, and none is more
# than so many times as wide as another.
LEAST_BAR, LEAST_GAP, MOST_UNEVEN = 6, 2, 2.0
# So many lines of the small picture must show the bars, side by side or one above another.
LEAST_LINES = 24


def card() -> Rgb:
    """Return the card to print or to show on a screen, uint8 RGB [1240, 1754, 3]."""
    image = Image.new("RGB", CARD_SIZE, "white")
    draw = ImageDraw.Draw(image)
    margin, gap, foot = 90, 50, 150
    each = (CARD_SIZE[0] - 2 * margin - 3 * gap) / 4
    font = ImageFont.load_default(44)
    for number, (colour, name) in enumerate(zip(BARS, NAMES, strict=True)):
        left = margin + number * (each + gap)
        bottom = CARD_SIZE[1] - margin - foot
        draw.rectangle([left, margin, left + each, bottom], fill=colour)
        draw.text((left + each / 2, bottom + 40), name, "black", font, anchor="mm")
    words = "Emberwatch colour bars: hold them before the camera, filling its picture by half"
    draw.text((CARD_SIZE[0] / 2, CARD_SIZE[1] - margin), words, "black", font, anchor="mm")
    return np.asarray(image, dtype=np.uint8)


def order_seen(rgb: Rgb) -> str | None:
    """Return the order of colours in which a picture shows the card's bars, or None for no bars.

    "RGB" is right; "BGR" says that what is called red is blue. `rgb` is uint8 [height, width, 3].
    """
    hues = _hues(np.asarray(Image.fromarray(rgb).resize(SMALL, Image.Resampling.BOX)))
    votes: dict[str, int] = {}
    for lines in (hues, hues.T):
        for line in lines:
            order = _order_of(_bars(line))
            if order is not None:
                votes[order] = votes.get(order, 0) + 1
    best = max(votes, key=votes.__getitem__, default=None)
    return best if best is not None and votes[best] >= LEAST_LINES else None


def _hues(rgb: Rgb) -> npt.NDArray[np.int64]:
    """Return each pixel's sixth of the circle of hues, or NO_HUE."""
    pixels = rgb.astype(np.float64)
    most, least = pixels.max(axis=2), pixels.min(axis=2)
    spread = np.maximum(most - least, 1e-9)
    r, g, b = (pixels[..., channel] for channel in range(3))
    # The hue in sixths, as in HSV (Smith 1978).
    sixths = np.select(
        [most == r, most == g], [(g - b) / spread % 6, (b - r) / spread + 2], (r - g) / spread + 4
    )
    coloured = (spread > LEAST_SATURATION * most) & (most > LEAST_LIGHT)
    return np.where(coloured, np.round(sixths).astype(np.int64) % 6, NO_HUE)


@dataclass(frozen=True)
class _Bar:
    """A stretch of one hue in a line, from `start` to before `end`."""

    hue: int
    start: int
    end: int

    @property
    def width(self) -> int:
        return self.end - self.start


def _bars(line: npt.NDArray[np.int64]) -> list[_Bar]:
    """Return the stretches of one hue in a line, without the slivers."""
    bars, at = [], 0
    for hue, group in groupby(line.tolist()):
        end = at + sum(1 for _ in group)
        if hue != NO_HUE and end - at >= LEAST_BAR:
            bars.append(_Bar(hue, at, end))
        at = end
    return bars


def _order_of(bars: list[_Bar]) -> str | None:
    for start in range(len(bars) - len(BARS) + 1):
        window = bars[start : start + len(BARS)]
        order = ORDERS.get(tuple(bar.hue for bar in window))
        if order is not None and _alike(window):
            return order
    return None


def _alike(bars: list[_Bar]) -> bool:
    """Say whether bars are as wide as one another, with the card's white between them."""
    widths = [bar.width for bar in bars]
    gaps = [after.start - before.end for before, after in pairwise(bars)]
    return max(widths) <= MOST_UNEVEN * min(widths) and all(
        LEAST_GAP <= gap <= min(widths) for gap in gaps
    )


def _orders() -> dict[tuple[int, ...], str]:
    """Return which order of channels each sequence of hues comes of."""
    primaries = {"R": RED, "G": GREEN, "B": BLUE}
    mixed = {"RG": YELLOW, "GR": YELLOW, "GB": CYAN, "BG": CYAN, "RB": MAGENTA, "BR": MAGENTA}
    found = {}
    for order in map("".join, permutations(RIGHT_ORDER)):
        # What a bar of pure red is seen as: the channel that red's value was put into.
        seen_as = {colour: RIGHT_ORDER[order.index(colour)] for colour in RIGHT_ORDER}
        sequence = (
            *(primaries[seen_as[colour]] for colour in RIGHT_ORDER),
            mixed[seen_as["R"] + seen_as["G"]],
        )
        found[sequence] = found[sequence[::-1]] = order
    return found


ORDERS = _orders()
