"""Composition: a picture pasted into a frame, and the cells of a grid that cuts a frame."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from edge.contract.picture import Rgb, read_picture
from edge.contract.preprocess import Preprocess
from training.view import generator

# Raised with any change of the pixels that a view here gives.
REVISION = 1
# The longer side of a frame: between the 640 and 1280 of common camera streams.
FRAME_PIXELS = 960
# How much of a pasted picture's width and height fades in at each edge: no hard seam shows.
FADE = 0.15


@dataclass(frozen=True)
class Box:
    """A part of a frame: left, top, right and bottom as shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """Say whether two parts overlap."""
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.bottom <= other.top or other.bottom <= self.top)


@dataclass(frozen=True)
class Cell:
    """A cell of a grid of `cells` x `cells` over the frame, as a view; 1 is the whole frame."""

    cells: int
    row: int = 0
    column: int = 0

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        return f"cell-{REVISION}:{self.cells}:{self.row}:{self.column}"

    @property
    def box(self) -> Box:
        """Return which part of the frame it is."""
        step = 1 / self.cells
        left, top = self.column * step, self.row * step
        return Box(left, top, left + step, top + step)

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return the cell of the frame that the picture is, as a network's input."""
        return preprocess.apply(np.asarray(self.cut(picture)))

    def cut(self, picture: Rgb) -> Image.Image:
        """Return the cell in the pixels of a frame FRAME_PIXELS wide or high."""
        height, width = picture.shape[:2]
        scale = FRAME_PIXELS / max(width, height)
        size = [max(1, round(side * scale / self.cells)) for side in (width, height)]
        box = self.box
        part = (box.left * width, box.top * height, box.right * width, box.bottom * height)
        image = Image.fromarray(picture)
        return image.resize((size[0], size[1]), Image.Resampling.BILINEAR, box=part)


@dataclass(frozen=True)
class Pasted:
    """A cell of a frame into which another picture is pasted, at a place fixed by hashes.

    `share` of the frame's area, in (0, 1], is the pasted picture's, squeezed into the frame's
    own shape; its edges fade.
    """

    path: Path
    sha256: str
    share: float
    cell: Cell

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        return f"pasted-{REVISION}:{self.sha256}:{self.share:g}:{self.cell.key}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return the cell with what of the pasted picture lies in it, as a network's input.

        Raises:
            PictureError: the pasted picture cannot be read.
        """
        cut = self.cell.cut(picture)
        box, place = self.cell.box, place_of(sha256, self.sha256, self.share)
        width, height = (side * self.cell.cells for side in cut.size)
        side = self.share**0.5
        size = (max(2, round(side * width)), max(2, round(side * height)))
        other = Image.fromarray(read_picture(self.path))
        shrunk = other.resize(size, Image.Resampling.BILINEAR)
        corner = (round((place.left - box.left) * width), round((place.top - box.top) * height))
        cut.paste(shrunk, corner, Image.fromarray(fading(size)))
        return preprocess.apply(np.asarray(cut))


def place_of(frame_sha256: str, sha256: str, share: float) -> Box:
    """Return where a picture is pasted into a frame: anywhere that it fits."""
    rng = generator(frame_sha256, f"place:{sha256}:{share:g}")
    side = share**0.5
    left, top = rng.uniform(0, 1 - side, 2)
    return Box(left, top, left + side, top + side)


def fading(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return the mask of a pasted picture, uint8 [height, width]: 255 inside, 0 at its edges."""
    ramps = []
    for pixels in size:
        at = (np.arange(pixels, dtype=np.float32) + 0.5) / pixels
        rise = np.clip(np.minimum(at, 1 - at) / FADE, 0, 1)
        ramps.append(rise * rise * (3 - 2 * rise))
    mask = np.rint(255 * ramps[1][:, None] * ramps[0][None, :])
    return np.asarray(mask, dtype=np.uint8)
