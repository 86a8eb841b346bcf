"""Tile: a part of a frame that is classified by itself."""

from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Tile:
    """One tile of a sweep.

    `number` counts from 0 through the sweep's grid; `box` is (left, top, right, bottom), each
    a share of the frame's width or height in [0, 1].
    """

    number: int
    box: Box

    def part(self, box: Box) -> "Tile":
        """Return the part of the tile that `box`, shares of the tile itself, says."""
        left, top, right, bottom = self.box
        width, height = right - left, bottom - top
        x, y = left + box[0] * width, top + box[1] * height
        return Tile(self.number, (x, y, left + box[2] * width, top + box[3] * height))
