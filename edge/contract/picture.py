"""Picture files into RGB pixels: every mode and orientation, and nothing that blows up."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

# The readers by name: Pillow would else import them at the first `open`, and of two threads
# that open their first picture at once one finds half of them missing.
from PIL import (
    BmpImagePlugin,  # noqa: F401
    ExifTags,
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from edge.contract.errors import PictureError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
# What a file may hold, whatever its name. Pillow would also try EPS, for which it starts
# Ghostscript. GIF because many a picture from the net is one, named .jpg.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")

# Up to this many pixels any picture is read: Pillow's own ceiling, about 0.5 GB as RGB.
FREELY_READ_PIXELS = 2 * (1024 * 1024 * 1024 // 4 // 3)
# Past it, up to 20,000 x 20,000, only a file that is not absurdly small for its pixels: a
# deflate bomb reaches 345 pixels a byte (RGB at deflate's 1032:1), a JPEG at most about 90.
MOST_PIXELS = 20_000 * 20_000
BOMB_PIXELS_PER_BYTE = 150

# How to turn a picture upright, by its EXIF orientation (Exif 2.32, tag 0x0112).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# All that Pillow was seen to raise on damaged files.
DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, OSError),
    *(SyntaxError, TypeError, ValueError, struct.error, zlib.error),
)

Rgb = npt.NDArray[np.uint8]


def is_picture_name(path: Path) -> bool:
    """Say whether the file's suffix is one of ours, in any letter case."""
    return path.suffix.lower() in SUFFIXES


def read_picture(path: Path) -> Rgb:
    """Read a picture file as uint8 RGB, shape [height, width, 3], upright by its EXIF.

    Transparent parts show black; 16-bit grey keeps its upper 8 bits; the first frame of an
    animation is taken.

    Raises:
        PictureError: no such file, not a picture, truncated, or a decompression bomb.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureError(
            f"cannot read {path}: {error.strerror or error}", expected="a picture file"
        ) from error
    return decode_picture(data, str(path))


def decode_picture(data: bytes, name: str) -> Rgb:
    """Decode the bytes of a picture file as `read_picture` does; `name` is for messages.

    Raises:
        PictureError: not a picture, truncated, or a decompression bomb.
    """
    # Pillow's ceiling is a module global that refuses before the size can be asked for;
    # `_refuse_bomb` stands in for it.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _refuse_bomb(image.size, len(data), name)
            image.load()
            return np.asarray(_upright(_as_rgb(image), image), dtype=np.uint8)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{name} is not a picture that can be read",
            found=f"{len(data)} bytes starting {data[:8]!r}",
            expected="a JPEG, PNG, WebP or BMP file",
        ) from error
    except DAMAGE as error:
        raise PictureError(
            f"{name} is damaged: {error or type(error).__name__}",
            next_step="remove it or get a whole copy",
        ) from error


def _refuse_bomb(size: tuple[int, int], size_bytes: int, name: str) -> None:
    pixels = size[0] * size[1]
    if pixels <= FREELY_READ_PIXELS:
        return
    if pixels > MOST_PIXELS or pixels > BOMB_PIXELS_PER_BYTE * size_bytes:
        raise PictureError(
            f"{name} would unpack to {size[0]} x {size[1]} pixels",
            found=f"{pixels / 1e6:.0f} million pixels in a file of {size_bytes} bytes",
            expected=f"at most {FREELY_READ_PIXELS / 1e6:.0f} million (a decompression bomb?)",
            next_step="scale the picture down",
        )


def _upright(rgb: Image.Image, source: Image.Image) -> Image.Image:
    """Return `rgb` turned as the EXIF of `source` says; damaged EXIF says nothing."""
    try:
        orientation = source.getexif().get(ExifTags.Base.Orientation)
    except DAMAGE:
        return rgb
    turn = TURNS.get(orientation) if isinstance(orientation, int) else None
    return rgb if turn is None else rgb.transpose(turn)


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":
        grey = np.asarray(image).astype(np.int64)
        return Image.fromarray(np.clip(grey >> 8, 0, 255).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        return Image.fromarray(np.clip(np.asarray(image), 0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        black = Image.new("RGBA", rgba.size, (0, 0, 0, 255))
        return Image.alpha_composite(black, rgba).convert("RGB")
    return image.convert("RGB")
