"""FrameGauge: reads from a frame's pixels what they say of the camera."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edge.contract.picture import Rgb
from edge.health.facts import FrameFacts
from edge.health.scene import COLUMNS, ROWS, Floats, Scene

# About the width that everything but sharpness is looked at in, and the columns and rows that
# sharpness is: the finest detail that a model's input of 299 pixels still shows.
SMALL = 160
FINE_COLUMNS, FINE_ROWS = 320, 60
# Rows compared byte by byte with the frame before: a sensor's noise is in every one of them.
COMPARED_ROWS = 120
# ITU-R BT.601.
GREY = np.array([0.299, 0.587, 0.114], np.float32)
# Edges of this many grey levels count half; fainter ones are noise, stronger ones no more.
HALF_EDGE = 8.0
CLIPPED = 250
# The first reference is the mean of this many frames with something in them.
LEARNING_FRAMES = 10
LEAST_DETAIL = 0.05
# The reference follows a scene that it still knows, for the sun moves; this slow that nobody
# who stands in the picture for some minutes becomes a part of it.
KNOWN_LIKENESS = 0.4
FOLLOW_SECONDS = 3600.0
# Taken between frames whose times are not given.
USUAL_SECONDS = 0.2


class _Change(NamedTuple):
    """How a frame differs from the one before; the differences as in `FrameFacts`."""

    identical: bool = False
    mean: float = 255.0
    stir: float = 255.0


class FrameGauge:
    """Measures frames against the frame before and against a reference of the scene.

    `reference` is what `reference()` gave at another time; anything else than that is as
    none. Without one, the first frames with something in them become it.
    """

    def __init__(self, reference: bytes | None = None) -> None:
        self._reference = None if reference is None else Scene.from_bytes(reference)
        self._learnt = 0 if self._reference is None else LEARNING_FRAMES
        self._rows: Rgb | None = None
        self._grey: Floats | None = None
        self._time_s: float | None = None

    def measure(self, rgb: Rgb, time_s: float | None = None) -> FrameFacts:
        """Return the figures of a frame, uint8 [height, width, 3], taken at `time_s` seconds."""
        small = _small(rgb)
        grey = small @ GREY
        scene = Scene(_planes(small, grey), _sharpness(rgb, grey))
        facts = self._facts(rgb, grey, scene, self._compare(rgb, grey))
        self._follow(scene, facts, time_s)
        return facts

    def reference(self) -> bytes:
        """Return the reference, to be kept over a restart; nothing while it is being learnt."""
        if self._reference is None or self._learnt < LEARNING_FRAMES:
            return b""
        return self._reference.to_bytes()

    def accept(self) -> None:
        """Learn the reference anew: a person says that the camera now looks where it should."""
        self._reference, self._learnt = None, 0

    def _facts(self, rgb: Rgb, grey: Floats, scene: Scene, change: _Change) -> FrameFacts:
        known = self._reference if self._learnt >= LEARNING_FRAMES else None
        height, width = rgb.shape[:2]
        focus = None
        if known is not None and known.sharpness > 0:
            focus = scene.sharpness / known.sharpness
        highest = np.partition(grey, -max(1, grey.size // 100), axis=None)
        return FrameFacts(
            brightness=float(grey.mean()),
            contrast=float(grey.std()),
            sharpness=scene.sharpness,
            change=change.mean,
            identical=change.identical,
            likeness=None if known is None else scene.likeness(known),
            width=width,
            height=height,
            highlight=float(highest[-max(1, grey.size // 100)]),
            clipped=float((grey >= CLIPPED).mean()),
            detail=scene.detail,
            layout=None if known is None else scene.layout(known),
            kept=None if known is None else scene.kept(known),
            focus=focus,
            colours=None if known is None else scene.colours(known),
            stir=change.stir,
        )

    def _compare(self, rgb: Rgb, grey: Floats) -> _Change:
        # A copy: a camera may write its next frame into the same memory.
        rows = rgb[:: max(1, rgb.shape[0] // COMPARED_ROWS)].copy()
        before, grey_before = self._rows, self._grey
        self._rows, self._grey = rows, grey
        if before is None or grey_before is None or before.shape != rows.shape:
            return _Change()
        difference = np.abs(grey - grey_before)
        stir = _pooled(difference[..., np.newaxis]).max()
        return _Change(np.array_equal(rows, before), float(difference.mean()), float(stir))

    def _follow(self, scene: Scene, facts: FrameFacts, time_s: float | None) -> None:
        before, self._time_s = self._time_s, time_s
        if self._learnt < LEARNING_FRAMES:
            if facts.detail >= LEAST_DETAIL and not facts.identical:
                share = 1 / (self._learnt + 1)
                old = self._reference or scene
                self._reference, self._learnt = old.towards(scene, share), self._learnt + 1
            return
        if facts.likeness is None or facts.likeness < KNOWN_LIKENESS:
            return
        gap = USUAL_SECONDS if time_s is None or before is None else time_s - before
        if self._reference is not None:
            share = min(max(gap, 0.0), 10.0) / FOLLOW_SECONDS
            self._reference = self._reference.towards(scene, share)


def _small(rgb: Rgb) -> Floats:
    """Return a small picture, float32: each pixel the mean of four of those it stands for."""
    step = max(1, round(rgb.shape[1] / SMALL))
    if step < 4:
        sparse = rgb[::step, ::step]
        # A thumbnail's pixels stand for several, so that no cell of the grid is empty.
        rows, columns = -(-(ROWS + 2) // sparse.shape[0]), -(-(COLUMNS + 2) // sparse.shape[1])
        return sparse.repeat(rows, axis=0).repeat(columns, axis=1).astype(np.float32)
    # Whole blocks alone, so that the four samples are of one shape.
    height, width = (rgb.shape[0] // step) * step, (rgb.shape[1] // step) * step
    near, far = step // 4, step // 4 + step // 2
    total = rgb[near:height:step, near:width:step].astype(np.float32)
    for top, left in ((near, far), (far, near), (far, far)):
        total += rgb[top:height:step, left:width:step]
    return total / np.float32(4)


def _planes(small: Floats, grey: Floats) -> Floats:
    """Return the planes of a `Scene`."""
    across = grey[1:-1, 2:] - grey[1:-1, :-2]
    down = grey[2:, 1:-1] - grey[:-2, 1:-1]
    strength = np.sqrt(across * across + down * down) + np.float32(1e-3)
    weight = 1 / (strength * (strength + HALF_EDGE))
    inner = small[1:-1, 1:-1]
    red, green, blue = inner[..., 0], inner[..., 1], inner[..., 2]
    planes = [
        strength / (strength + HALF_EDGE),
        (across * across - down * down) * weight,
        2 * across * down * weight,
        grey[1:-1, 1:-1],
        red - blue,
        green - (red + blue) / 2,
    ]
    return _pooled(np.stack(planes, axis=-1))


def _pooled(planes: Floats) -> Floats:
    """Return the mean of each plane over each cell of the grid."""
    height, width = planes.shape[:2]
    tops = np.arange(ROWS) * height // ROWS
    lefts = np.arange(COLUMNS) * width // COLUMNS
    sums = np.add.reduceat(np.add.reduceat(planes, tops, axis=0), lefts, axis=1)
    counts = np.outer(np.diff([*tops, height]), np.diff([*lefts, width]))
    pooled: Floats = (sums / counts[..., np.newaxis]).astype(np.float32)
    return pooled


def _sharpness(rgb: Rgb, grey: Floats) -> float:
    """Return the energy of the finest detail as a share of that of coarser detail."""
    step = max(1, rgb.shape[1] // FINE_COLUMNS)
    green: npt.NDArray[np.uint8] = rgb[:: max(1, rgb.shape[0] // FINE_ROWS), :, 1]
    width = green.shape[1] // step * step
    if width // step < 3:
        return 0.0
    fine = green[:, :width].reshape(green.shape[0], -1, step).mean(axis=2).astype(np.float32)
    bend = fine[:, 2:] - 2 * fine[:, 1:-1] + fine[:, :-2]
    slope = grey[:, 2:] - grey[:, :-2]
    coarse = float((slope * slope).mean())
    return float((bend * bend).mean()) / (coarse + 1.0)
