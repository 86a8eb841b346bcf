"""Thumbnail: a picture of the dataset, small, inside a page."""

import base64
import io
from pathlib import Path

from PIL import Image

from edge.contract.errors import PictureError
from edge.contract.picture import read_picture

SIDE = 240
QUALITY = 70


def data_address(path: Path) -> str:
    """Return a picture file as a data address, or nothing where it cannot be read."""
    try:
        picture = Image.fromarray(read_picture(path))
    except PictureError:
        return ""
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
