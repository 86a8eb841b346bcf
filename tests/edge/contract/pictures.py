"""Picture files made for tests: every kind a person may have, and some that nobody should."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from edge.contract.picture import Rgb

# Six flat quarters, no two alike, so that every turn and every swap of channels shows.
QUARTERS = np.array(
    [
        [(250, 10, 20), (20, 240, 30), (10, 30, 250)],
        [(240, 230, 20), (130, 20, 140), (60, 70, 80)],
    ],
    np.uint8,
)


def quarters(scale: int = 16) -> Rgb:
    """Return the picture of six quarters, uint8 RGB [2 * scale, 3 * scale, 3]."""
    return QUARTERS.repeat(scale, axis=0).repeat(scale, axis=1)


def noise(width: int, height: int, seed: int = 0) -> Rgb:
    """Return a picture of noise, uint8 RGB."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encode(image: Image.Image | Rgb, form: str, **options: Any) -> bytes:
    """Return the bytes of a picture file."""
    out = io.BytesIO()
    whole = image if isinstance(image, Image.Image) else Image.fromarray(image)
    whole.save(out, form, **options)
    return out.getvalue()


def exif(orientation: int) -> Image.Exif:
    """Return EXIF data with an orientation."""
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def png_bomb(width: int, height: int, content: bytes | None = None) -> bytes:
    """Return a PNG file of black pixels, one bit each, however many."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    if content is None:
        row = bytes(1 + (width + 7) // 8)
        packer = zlib.compressobj(9)
        content = b"".join([packer.compress(row) for _ in range(height)]) + packer.flush()
    chunks = [(b"IHDR", header), (b"IDAT", content), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
