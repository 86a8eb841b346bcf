"""Picture files into RGB pixels: every mode and orientation, and nothing that blows up."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from edge.contract.errors import PictureError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})

# Up to this many pixels any picture is read: Pillow's own ceiling, about 0.5 GB as RGB.
FREELY_READ_PIXELS = 2 * (1024 * 1024 * 1024 // 4 // 3)
# Past it, up to 20,000 x 20,000, only a file that is not absurdly small for its pixels: a
# deflate bomb reaches 345 pixels a byte (RGB at deflate's 1032:1), a JPEG at most about 90.
MOST_PIXELS = 20_000 * 20_000
BOMB_PIXELS_PER_BYTE = 150

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
        with Image.open(io.BytesIO(data)) as image:
            _refuse_bomb(image.size, len(data), name)
            image.load()
            return np.asarray(_as_rgb(ImageOps.exif_transpose(image)), dtype=np.uint8)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{name} is not a picture that can be read",
            found=f"{len(data)} bytes starting {data[:8]!r}",
            expected="a JPEG, PNG, WebP or BMP file",
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
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
