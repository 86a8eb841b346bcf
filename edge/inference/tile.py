"""Tile: a part of a frame that is classified by itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One tile of a sweep.

    `number` counts from 0 through the sweep's grid; `box` is (left, top, right, bottom), each
    a share of the frame's width or height in [0, 1].
    """

    number: int
    box: tuple[float, float, float, float]
