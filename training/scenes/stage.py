"""Stage: solid things set up before a camera, kept as what each pixel sees."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from training.scenes.arrays import Colour, Floats, Ints, Mask, Paint, Vector, dot
from training.scenes.view import View

FAR_M = 400.0
"""Distance of the sky, metres."""

_Window = tuple[slice, slice]


@dataclass(frozen=True)
class Block:
    """A box turned about the vertical through its centre; it stops light.

    Attributes:
        low, high: opposite corners before the turn, metres.
        yaw: turn, radians.
    """

    low: Vector
    high: Vector
    yaw: float = 0.0

    @property
    def centre(self) -> Floats:
        """Return the middle of the box, float32 [3]."""
        return (np.array(self.low, np.float32) + np.array(self.high, np.float32)) / 2

    def turned(self, vectors: Floats, back: bool = False) -> Floats:
        """Turn vectors [..., 3] into the box's own axes, or back out of them."""
        if self.yaw == 0.0:
            return vectors
        cos = math.cos(self.yaw)
        sin = -math.sin(self.yaw) if back else math.sin(self.yaw)
        x, z = vectors[..., 0], vectors[..., 2]
        return np.stack([x * cos - z * sin, vectors[..., 1], x * sin + z * cos], axis=-1)

    def corners(self) -> Floats:
        """Return the eight corners, float32 [8, 3]."""
        grid = np.array(list(product(*zip(self.low, self.high, strict=True))), np.float32)
        return self.turned(grid - self.centre, back=True) + self.centre

    def crossing(self, origin: Floats, directions: Floats) -> tuple[list[Floats], Floats, Floats]:
        """Return where rays enter each axis' slab, where they leave the box, and local directions.

        Args:
            origin: start of the rays, [3] or [..., 3].
            directions: float32 [..., 3]; the crossings are in units of their length.
        """
        local_origin = self.turned(origin - self.centre) + self.centre
        local = self.turned(directions)
        near, far = [], np.full(directions.shape[:-1], np.inf, np.float32)
        for axis in range(3):
            heading = local[..., axis]
            inverse = 1.0 / np.where(np.abs(heading) < 1e-6, np.float32(1e-6), heading)
            first = (np.float32(self.low[axis]) - local_origin[..., axis]) * inverse
            second = (np.float32(self.high[axis]) - local_origin[..., axis]) * inverse
            near.append(np.minimum(first, second))
            far = np.minimum(far, np.maximum(first, second))
        return near, far, local


@dataclass
class Stage:
    """What each pixel of a view sees, filled thing by thing, nearest first wins.

    Attributes:
        view: the camera.
        distance: metres along the ray, float32 [h, w].
        position: metres, float32 [h, w, 3].
        normal: unit vectors, float32 [h, w, 3]; zero for the sky.
        albedo: linear reflectance, float32 [h, w, 3].
        emission: own light, relative to sunlit white, float32 [h, w, 3].
        lamp: 0, or the number of the lamp that the pixel's own light belongs to, int [h, w].
        blocks: boxes that throw shadows.
    """

    view: View
    distance: Floats = field(init=False)
    position: Floats = field(init=False)
    normal: Floats = field(init=False)
    albedo: Floats = field(init=False)
    emission: Floats = field(init=False)
    lamp: Ints = field(init=False)
    blocks: list[Block] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with nothing but sky."""
        width, height = self.view.size
        self.distance = np.full((height, width), FAR_M, np.float32)
        self.position = np.array(self.view.position, np.float32) + self.view.rays * FAR_M
        self.normal = np.zeros((height, width, 3), np.float32)
        self.albedo = np.zeros((height, width, 3), np.float32)
        self.emission = np.zeros((height, width, 3), np.float32)
        self.lamp = np.zeros((height, width), np.int32)

    def add_shell(self, low: Vector, high: Vector, paint: Paint) -> None:
        """Add the inside of a box that holds the camera: walls, floor and ceiling."""
        rays = self.view.rays
        origin = np.array(self.view.position, np.float32)
        safe = np.where(rays > 0, np.maximum(rays, 1e-6), np.minimum(rays, -1e-6))
        wall = np.where(rays > 0, np.array(high, np.float32), np.array(low, np.float32))
        crossings = (wall - origin) / safe
        reach, axis = _greatest([-crossings[..., k] for k in range(3)])
        reach = -reach
        everything = (slice(None), slice(None))
        self._cover(everything, reach < self.distance, reach, axis, paint)

    def add_ground(self, paint: Paint) -> None:
        """Add the plane y = 0 as far as 150 m."""
        down = self.view.rays[..., 1]
        reach = np.where(down < -1e-4, -self.view.position[1] / np.minimum(down, -1e-4), FAR_M)
        axis = np.ones(reach.shape, np.int64)
        hit = (reach < 150.0) & (reach < self.distance)
        self._cover((slice(None), slice(None)), hit, reach, axis, paint)

    def add_box(
        self,
        low: Vector,
        high: Vector,
        paint: Paint,
        *,
        yaw: float = 0.0,
        emission: Colour | None = None,
        lamp: int = 0,
        shadow: bool = True,
    ) -> None:
        """Add a box; with `emission` it shines, as part of lamp number `lamp` if that is not 0."""
        block = Block(low, high, yaw)
        if shadow:
            self.blocks.append(block)
        window = self.window_of(block.corners())
        if window is None:
            return
        origin = np.array(self.view.position, np.float32)
        near, far, local = block.crossing(origin, self.view.rays[window])
        reach, axis = _greatest(near)
        hit = (reach < far) & (reach > 0.02) & (reach < self.distance[window])
        self._cover(window, hit, reach, axis, paint, block=block, local=local)
        self._shine(window, hit, emission, lamp)

    def add_ball(
        self,
        centre: Vector,
        radii: Vector,
        paint: Paint,
        *,
        emission: Colour | None = None,
        lamp: int = 0,
    ) -> None:
        """Add an ellipsoid with its axes along the world's."""
        middle, radius = np.array(centre, np.float32), np.array(radii, np.float32)
        window = self.window_of(Block(tuple(middle - radius), tuple(middle + radius)).corners())
        if window is None:
            return
        start = (np.array(self.view.position, np.float32) - middle) / radius
        rays = self.view.rays[window] / radius
        a = dot(rays, rays)
        b = rays @ start
        root = b * b - a * (start @ start - 1.0)
        reach = (-b - np.sqrt(np.maximum(root, 0.0))) / a
        hit = (root > 0) & (reach > 0.02) & (reach < self.distance[window])
        self._cover(window, hit, reach, np.zeros(reach.shape, np.int64), paint)
        shift = (self.position[window] - middle) / (radius * radius)
        unit = shift / np.maximum(np.sqrt(dot(shift, shift)), 1e-6)[..., None]
        self.normal[window][hit] = unit[hit]
        self._shine(window, hit, emission, lamp)

    def window_of(self, points: Floats) -> _Window | None:
        """Return the rows and columns that points [n, 3] span; None if they are out of sight."""
        seen = self.view.project(points)
        width, height = self.view.size
        if (seen[:, 2] < 0.05).all():
            return None
        if (seen[:, 2] < 0.05).any():
            return slice(0, height), slice(0, width)
        left, top = np.floor(seen[:, :2].min(axis=0)).astype(int)
        right, bottom = np.ceil(seen[:, :2].max(axis=0)).astype(int) + 1
        rows = slice(max(int(top), 0), min(int(bottom), height))
        columns = slice(max(int(left), 0), min(int(right), width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return None
        return rows, columns

    def _shine(self, window: _Window, hit: Mask, emission: Colour | None, lamp: int) -> None:
        glow = (0.0, 0.0, 0.0) if emission is None else emission
        self.emission[window][hit] = np.array(glow, np.float32)
        self.lamp[window][hit] = lamp

    def _cover(
        self,
        window: _Window,
        hit: Mask,
        reach: Floats,
        axis: Ints,
        paint: Paint,
        *,
        block: Block | None = None,
        local: Floats | None = None,
    ) -> None:
        rays = self.view.rays[window][hit]
        if rays.size == 0:
            return
        reached, faced = reach[hit].astype(np.float32), axis[hit]
        place = np.array(self.view.position, np.float32) + rays * reached[:, None]
        heading = rays if local is None else local[hit]
        normal = np.zeros_like(rays)
        rows = np.arange(len(faced))
        normal[rows, faced] = -np.sign(heading[rows, faced])
        painted_at = place
        if block is not None:
            painted_at = block.turned(place - block.centre) + block.centre
            normal = block.turned(normal, back=True)
        # One pixel covers more of a surface that it meets at a slant; half-way is sharp enough.
        slant = np.maximum(np.abs(dot(normal, rays)), 0.08) ** 0.7
        footprint = reached / self.view.focal_px / slant
        self.albedo[window][hit] = paint(painted_at, faced, footprint)
        self.distance[window][hit] = reached
        self.position[window][hit] = place
        self.normal[window][hit] = normal
        self.emission[window][hit] = 0.0
        self.lamp[window][hit] = 0


def _greatest(values: list[Floats]) -> tuple[Floats, Ints]:
    """Return the greatest of three arrays at each place, and which one it was."""
    first, second, third = values
    pair = np.maximum(first, second)
    which = np.where(third > pair, 2, np.where(second > first, 1, 0))
    return np.maximum(pair, third), which
