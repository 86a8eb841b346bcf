"""Contact sheet: many pictures on one page, each with its caption."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from training.scenes.arrays import Pixels

_CAPTION_PX = 14


def contact_sheet(
    pictures: Sequence[Pixels], captions: Sequence[str], columns: int, tile_width_px: int = 200
) -> Image.Image:
    """Lay pictures out in rows.

    Args:
        pictures: uint8 [h, w, 3] each, RGB.
        captions: one line for each picture.
        columns: pictures in a row, at least 1.
        tile_width_px: width that each picture is shown at.

    Returns:
        An RGB image.

    Raises:
        ValueError: if there are no pictures, or not one caption for each.
    """
    if not pictures or len(pictures) != len(captions) or columns < 1:
        raise ValueError("a contact sheet wants pictures, a caption for each, and columns >= 1")
    height, width = pictures[0].shape[:2]
    tall = round(tile_width_px * height / width)
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * tile_width_px, rows * (tall + _CAPTION_PX)), (24, 24, 24))
    draw = ImageDraw.Draw(sheet)
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        x = place % columns * tile_width_px
        y = place // columns * (tall + _CAPTION_PX)
        tile = Image.fromarray(picture).resize((tile_width_px, tall), Image.Resampling.LANCZOS)
        sheet.paste(tile, (x, y + _CAPTION_PX))
        draw.text((x + 3, y + 1), caption, fill=(235, 235, 235))
    return sheet
