"""View: where the camera stands, where it looks, and which pixel a point falls on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.scenes.arrays import Floats, Size, Vector


@dataclass(frozen=True)
class View:
    """A pinhole camera in a world of metres: x right, y up, z away.

    Attributes:
        position: the pinhole.
        yaw: turn to the right, radians.
        pitch: tilt downwards, radians.
        field: horizontal field of view, radians.
        size: width and height in pixels.
    """

    position: Vector
    yaw: float
    pitch: float
    field: float
    size: Size

    @property
    def focal_px(self) -> float:
        """Return the focal length in pixels."""
        return self.size[0] / 2 / math.tan(self.field / 2)

    @cached_property
    def axes(self) -> Floats:
        """Return the unit vectors right, up and forward as rows, float32 [3, 3]."""
        sy, cy = math.sin(self.yaw), math.cos(self.yaw)
        sp, cp = math.sin(self.pitch), math.cos(self.pitch)
        right = (cy, 0.0, -sy)
        up = (sy * sp, cp, cy * sp)
        forward = (sy * cp, -sp, cy * cp)
        return np.array([right, up, forward], np.float32)

    @cached_property
    def rays(self) -> Floats:
        """Return the unit direction through each pixel, float32 [height, width, 3]."""
        width, height = self.size
        across = (np.arange(width, dtype=np.float32) + 0.5 - width / 2) / self.focal_px
        upward = (height / 2 - 0.5 - np.arange(height, dtype=np.float32)) / self.focal_px
        right, up, forward = self.axes
        rays = across[None, :, None] * right + upward[:, None, None] * up + forward
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        unit: Floats = rays.astype(np.float32)
        return unit

    def project(self, points: Floats) -> Floats:
        """Return column, row (pixels) and forward depth (metres) of points [n, 3]."""
        seen = (np.asarray(points, np.float32) - np.array(self.position, np.float32)) @ self.axes.T
        depth = seen[:, 2]
        safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        column = self.size[0] / 2 + self.focal_px * seen[:, 0] / safe
        row = self.size[1] / 2 - self.focal_px * seen[:, 1] / safe
        return np.stack([column, row, depth], axis=1)

    def pixel_of(self, point: Vector) -> tuple[float, float, float]:
        """Return column, row and forward depth of one point."""
        column, row, depth = self.project(np.array([point], np.float32))[0]
        return float(column), float(row), float(depth)
