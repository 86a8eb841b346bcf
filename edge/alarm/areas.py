"""Areas: which cells of a class map count for which part of the picture, and its scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from edge.alarm.zones import Zone
from edge.inference.tile import Box

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
# A polygon is drawn with so many pixels to the side of a cell: shares of a cell are right to
# about 1/32 along its border.
PIXELS = 32
# The smallest normal float32 (a library may have switched those below it off).
TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Areas:
    """The share, in [0, 1], with which each cell counts; float32 [rows, columns].

    `rest` is for the frame outside of zones that ignore or need a higher score; `zones` for
    each zone that is judged by itself, by its name.
    """

    rest: Floats
    zones: dict[str, Floats]

    @classmethod
    def of(cls, zones: Sequence[Zone], shape: tuple[int, int], box: Box = WHOLE) -> "Areas":
        """Lay zones over a map of `shape` (rows, columns) that covers `box` of the frame.

        What is ignored counts nowhere; what needs a higher score counts in its own zone alone;
        a zone to watch counts in the rest as well.
        """
        ignored = _drawn([zone for zone in zones if zone.kind == "ignore"], shape, box)
        higher = _drawn([zone for zone in zones if zone.kind == "higher"], shape, box)
        own = {}
        for zone in zones:
            if zone.kind != "ignore":
                out = ignored if zone.kind == "higher" else ignored | higher
                own[zone.name] = _shares(_drawn([zone], shape, box) & ~out, shape)
        return cls(_shares(~(ignored | higher), shape), own)


def area_scores(class_map: Floats, shares: Floats) -> Floats:
    """Return the scores, float32 [classes], of an area of which at least some cell counts.

    The model's score is the softmax of the mean of its cells' logits. A cell's scores are the
    softmax of its logits, so their logarithms are the logits less a number that is the same
    for all classes, and the softmax of the mean logarithm is the model's score again. The mean
    over the cells that count is what the model would say of these alone.
    """
    weight = float(shares.sum())
    logs = np.log(np.maximum(class_map, TINY)).astype(np.float64)
    mean = (logs * shares[:, :, None]).sum(axis=(0, 1)) / weight
    raised = np.exp(mean - mean.max())
    scores: Floats = (raised / raised.sum()).astype(np.float32)
    return scores


def _drawn(zones: Sequence[Zone], shape: tuple[int, int], box: Box) -> Mask:
    """Return the pixels inside any of the polygons, bool [rows * PIXELS, columns * PIXELS]."""
    rows, columns = shape
    left, top, right, bottom = box
    across, down = columns * PIXELS / (right - left), rows * PIXELS / (bottom - top)
    image = Image.new("1", (columns * PIXELS, rows * PIXELS))
    draw = ImageDraw.Draw(image)
    for zone in zones:
        # A pixel's middle is at .5, where Pillow puts it at 0.
        corners = [((x - left) * across - 0.5, (y - top) * down - 0.5) for x, y in zone.points]
        draw.polygon(corners, fill=1)
    return np.asarray(image, dtype=np.bool_)


def _shares(mask: Mask, shape: tuple[int, int]) -> Floats:
    cells = mask.reshape(shape[0], PIXELS, shape[1], PIXELS)
    shares: Floats = cells.mean(axis=(1, 3)).astype(np.float32)
    return shares
