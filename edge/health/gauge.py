"""FrameGauge: reads from a frame's pixels what they say of the camera."""

from typing import NamedTuple

import numpy as np

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
# What is coarser: differences across this many of the small picture's pixels.
FAR = 8
# Without slopes of this mean energy there is nothing to be sharp.
LEAST_SLOPE = 4.0
# Noise is not known to better than this: it must not make a reference too sharp to be reached.
SURE_NOISE = 2.0
# Edges of this many grey levels count half; fainter ones are noise, stronger ones no more.
HALF_EDGE = 8.0
CLIPPED = 245
# The share of cells that are taken to stand still; where all do, that percentile of a cell's
# mean difference is this share of the true mean (cells of about 20 pixels, normal noise).
QUIET_PERCENT = 20
QUIET_SHARE = 0.86
# The most noise that a sensor makes in the small picture, in grey levels.
MOST_NOISE = 8.0
# What noise of normal spread does not pass in nine cases of ten, as a multiple of its energy.
SURE = 2.25
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
        self._noise: float | None = None
        self._time_s: float | None = None

    def measure(self, rgb: Rgb, time_s: float | None = None) -> FrameFacts:
        """Return the figures of a frame, uint8 [height, width, 3], taken at `time_s` seconds."""
        small = _small(rgb)
        grey = small @ GREY
        change = self._compare(rgb, grey)
        noise = self._noise or 0.0
        sharpness, surely = _sharpness(rgb, grey, noise)
        scene = Scene(_planes(small, grey, noise), surely)
        facts = self._facts(rgb, grey, scene, change, sharpness)
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

    def _facts(
        self, rgb: Rgb, grey: Floats, scene: Scene, change: _Change, sharpness: float | None
    ) -> FrameFacts:
        known = self._reference if self._learnt >= LEARNING_FRAMES else None
        height, width = rgb.shape[:2]
        focus = None
        if known is not None and known.sharpness and sharpness is not None:
            focus = sharpness / known.sharpness
        highest = np.partition(grey, -max(1, grey.size // 100), axis=None)
        return FrameFacts(
            brightness=float(grey.mean()),
            contrast=float(grey.std()),
            sharpness=sharpness or 0.0,
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
        cells = _pooled(np.abs(grey - grey_before)[..., np.newaxis])
        identical = np.array_equal(rows, before)
        if not identical:
            # The mean absolute difference of two samples of a normal noise is 2 / sqrt(pi)
            # of its deviation. Most of the picture may move: the quietest cells tell.
            quiet = float(np.percentile(cells, QUIET_PERCENT))
            noise = quiet / QUIET_SHARE * float(np.sqrt(np.pi)) / 2
            # Slowly up: in a frame where all moved, as by a cut, it is no noise.
            most = MOST_NOISE if self._noise is None else self._noise * 1.5 + 0.1
            self._noise = min(noise, most, MOST_NOISE)
        return _Change(identical, float(cells.mean()), float(cells.max()))

    def _follow(self, scene: Scene, facts: FrameFacts, time_s: float | None) -> None:
        before, self._time_s = self._time_s, time_s
        if self._learnt < LEARNING_FRAMES:
            # A frame whose noise is not known yet seems sharper than it is.
            known = self._noise is not None and not facts.identical
            if known and facts.detail >= LEAST_DETAIL:
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


def _samples(rgb: Rgb) -> int:
    """Return how many of the frame's pixels are averaged for one of the small picture."""
    return 4 if round(rgb.shape[1] / SMALL) >= 4 else 1


def _small(rgb: Rgb) -> Floats:
    """Return a small picture, float32: each pixel the mean of some of those it stands for."""
    step = max(1, round(rgb.shape[1] / SMALL))
    if _samples(rgb) == 1:
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


def _planes(small: Floats, grey: Floats, noise: float) -> Floats:
    """Return the planes of a `Scene`; `noise` is the deviation of the grey values."""
    across = grey[1:-1, 2:] - grey[1:-1, :-2]
    down = grey[2:, 1:-1] - grey[:-2, 1:-1]
    energy = across * across + down * down
    # Two differences of two noisy values each.
    strength: Floats = np.sqrt(np.maximum(energy - np.float32(SURE * 4 * noise**2), 0))
    share = strength / (strength + np.float32(HALF_EDGE))
    weight = share / (energy + np.float32(1e-3))
    inner = small[1:-1, 1:-1]
    red, green, blue = inner[..., 0], inner[..., 1], inner[..., 2]
    planes = [
        share,
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


def _sharpness(rgb: Rgb, grey: Floats, noise: float) -> tuple[float | None, float | None]:
    """Return the energy of the finest detail as a share of that of coarser detail, twice.

    The first is what is there, noise and all; the second what is detail for sure. None where
    that cannot be told.
    """
    height, step = rgb.shape[0], max(1, rgb.shape[1] // FINE_COLUMNS)
    width = rgb.shape[1] // step * step
    if width // step < 3:
        return None, None
    deep = min(2, height)
    tops = np.arange(FINE_ROWS) * (height - deep + 1) // FINE_ROWS
    total = rgb[tops, :width, 1].astype(np.uint16)
    for row in range(1, deep):
        total += rgb[tops + row, :width, 1]
    blocks = total.reshape(FINE_ROWS, -1, step)
    fine = blocks.sum(axis=2, dtype=np.uint16).astype(np.float32) / np.float32(step * deep)
    bend = fine[:, 2:] - 2 * fine[:, 1:-1] + fine[:, :-2]
    slope = grey[:, FAR:] - grey[:, :-FAR]
    coarse = float((slope * slope).mean()) - 2 * noise**2
    if coarse < LEAST_SLOPE + 2 * noise**2:
        return None, None
    # A pixel of the small picture is the mean of `_samples`, one of the fine of `step * deep`.
    energy, of_noise = float((bend * bend).mean()), 6 * noise**2 * _samples(rgb) / (step * deep)
    sure = energy - SURE_NOISE * of_noise
    return energy / coarse, sure / coarse if sure > energy / 4 else None
