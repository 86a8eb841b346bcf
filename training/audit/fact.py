"""Fact: what an audit knows of one picture file, by its content."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from edge.contract.errors import PictureError
from edge.contract.picture import DAMAGE, FORMATS, decode_picture
from training.audit import colour, perceptual_hash
from training.audit.colour import Floats
from training.audit.perceptual_hash import Hashes

# Statistics and hashes are taken from a picture reduced to about this many pixels a side:
# they ask for no more, and a large photograph is then as quick as a small one.
SIDE = 128
# The suffixes that a format goes by.
SUFFIXES = {
    "JPEG": {".jpg", ".jpeg"},
    "MPO": {".jpg", ".jpeg"},
    "PNG": {".png"},
    "WEBP": {".webp"},
    "BMP": {".bmp"},
}


@dataclass(frozen=True)
class Fact:
    """What is known of a picture; `problem` says why nothing is, and is else empty.

    `width` and `height` are as stored, in pixels; `orientation` is EXIF's, 1 for upright.
    `statistics` is float32 [len(colour.NAMES)]; `hashes` uint64 [4], None for a flat picture.
    """

    sha256: str
    problem: str
    format: str = ""
    width: int = 0
    height: int = 0
    orientation: int = 1
    statistics: Floats | None = None
    hashes: Hashes | None = None

    @property
    def grey_share(self) -> float:
        """Return the share of pixels that are grey, 0 to 1."""
        return 0.0 if self.statistics is None else float(self.statistics[colour.GREYS].sum())

    @property
    def brightness(self) -> float:
        """Return the mean brightness, 0 to 1."""
        return 0.0 if self.statistics is None else float(self.statistics[colour.BRIGHTNESS])

    @property
    def shown(self) -> tuple[int, int]:
        """Return width and height as the picture is shown, upright."""
        turned = self.orientation >= 5  # by a quarter
        return (self.height, self.width) if turned else (self.width, self.height)

    @property
    def shape(self) -> str:
        """Return `wide`, `tall` or `square`, as the picture is shown."""
        width, height = self.shown
        return "square" if width == height else ("wide" if width > height else "tall")

    def suffix_is_wrong(self, file: str) -> bool:
        """Say whether a file's name promises another format than it holds."""
        return not self.problem and Path(file).suffix.lower() not in SUFFIXES.get(self.format, ())


def examine(sha256: str, path: Path) -> Fact:
    """Read a picture file and measure it.

    Raises:
        PictureError: the file went away or cannot be opened; damage is in the fact instead.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(
            f"cannot read {path}: {error.strerror or error}",
            expected="the file that was there when the folder was read",
        ) from error
    try:
        pixels = decode_picture(data, path.name)
    except PictureError as error:
        return Fact(sha256, _why(error))
    kind, size, orientation = _header(data)
    picture = Image.fromarray(pixels)
    small = picture.reduce(max(1, max(picture.size) // SIDE))
    return Fact(
        sha256,
        "",
        kind,
        *size,
        orientation,
        colour.statistics(np.asarray(small)),
        perceptual_hash.hashes(small),
    )


def _why(error: PictureError) -> str:
    """Return why a picture cannot be read, in plain words and without its name."""
    cause = error.__cause__
    said = str(cause).lower() if cause is not None else ""
    if "truncated" in said or isinstance(cause, EOFError):
        return "truncated: the end of the file is missing"
    if error.found is not None and "bytes starting" in str(error.found):
        return f"not a picture: {error.found}"
    if error.found is not None:
        return str(error.found)
    return f"damaged: {cause}" if said else "damaged"


def _header(data: bytes) -> tuple[str, tuple[int, int], int]:
    """Return format, size as stored and EXIF orientation of a picture that can be read."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        try:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        except DAMAGE:
            orientation = 1
        known = isinstance(orientation, int) and 1 <= orientation <= 8
        return image.format or "", image.size, orientation if known else 1
