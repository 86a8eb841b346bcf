"""A drawn room with a hearth and a curtain that may burn: a picture nobody's privacy is in."""

import io
import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (1280, 720)
# Where the curtain burns, as rows of a class map: what a model would say of this picture.
CELLS = [
    [0.02, 0.02, 0.02, 0.03, 0.03, 0.05, 0.04, 0.02],
    [0.02, 0.02, 0.02, 0.03, 0.05, 0.10, 0.08, 0.03],
    [0.02, 0.02, 0.02, 0.04, 0.15, 0.45, 0.38, 0.08],
    [0.02, 0.02, 0.02, 0.05, 0.28, 0.78, 0.70, 0.15],
    [0.03, 0.05, 0.03, 0.05, 0.35, 0.93, 0.86, 0.20],
    [0.06, 0.15, 0.06, 0.05, 0.33, 0.95, 0.90, 0.22],
    [0.10, 0.30, 0.10, 0.05, 0.22, 0.70, 0.62, 0.15],
    [0.03, 0.08, 0.04, 0.02, 0.06, 0.15, 0.12, 0.04],
]


def room(burning: float = 0.0) -> bytes:
    """Return the room as JPEG; `burning` from 0 to 1 is how far the curtain's fire has come."""
    image = Image.new("RGB", SIZE, (96, 88, 80))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 520, 1280, 720), fill=(74, 54, 40))
    for x in range(-400, 1700, 110):
        draw.line((640 + (x - 640) * 0.62, 520, x, 720), fill=(62, 45, 33), width=3)
    draw.rectangle((0, 508, 1280, 524), fill=(120, 112, 102))
    _hearth(draw)
    _window(draw)
    draw.rounded_rectangle((470, 430, 740, 610), 26, fill=(58, 70, 84))
    draw.rounded_rectangle((450, 480, 500, 622), 18, fill=(50, 61, 74))
    draw.rounded_rectangle((710, 480, 760, 622), 18, fill=(50, 61, 74))
    draw.rectangle((490, 250, 700, 370), fill=(140, 122, 92))
    draw.rectangle((502, 262, 688, 358), fill=(88, 104, 96))
    if burning > 0:
        image = _fire(image, burning)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=84)
    return out.getvalue()


def _hearth(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((90, 230, 390, 560), fill=(124, 82, 64))
    for row in range(230, 560, 30):
        for x in range(90 + (row // 30 % 2) * 25, 390, 50):
            draw.rectangle((x, row, min(x + 47, 390), row + 27), fill=(134, 90, 70))
    draw.rectangle((70, 210, 410, 240), fill=(92, 66, 48))
    draw.rectangle((150, 340, 330, 560), fill=(22, 18, 16))
    for x, height in ((190, 70), (225, 105), (262, 80), (292, 55)):
        draw.polygon(((x - 18, 552), (x, 552 - height), (x + 18, 552)), fill=(228, 118, 30))
        draw.polygon(((x - 9, 552), (x, 552 - height / 2), (x + 9, 552)), fill=(252, 206, 92))


def _window(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((860, 130, 1150, 480), fill=(152, 142, 128))
    draw.rectangle((876, 146, 1134, 464), fill=(26, 34, 52))
    draw.line((1005, 146, 1005, 464), fill=(152, 142, 128), width=8)
    for left in (820, 1080):
        for fold in range(5):
            x = left + fold * 22
            draw.rectangle((x, 110, x + 20, 560), fill=(112 - fold % 2 * 14, 104, 96))


def _fire(image: Image.Image, burning: float) -> Image.Image:
    glow = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(glow)
    reach = 120 + 300 * burning
    draw.ellipse((990 - reach, 420 - reach, 990 + reach, 420 + reach), fill=(120, 52, 8))
    glow = glow.filter(ImageFilter.GaussianBlur(90))
    lit = Image.blend(image, ImageChops.add(image, glow), 0.9)
    flames = Image.new("RGBA", SIZE)
    draw = ImageDraw.Draw(flames)
    shades = ((206, 62, 12, 235), (240, 132, 24, 240), (255, 216, 110, 245))
    for shade, share in zip(shades, (1.0, 0.68, 0.36), strict=True):
        for index in range(9):
            x = 852 + index * 30
            height = burning * share * (250 + 130 * math.sin(index * 2.3))
            width = 34 * (0.55 + share / 2)
            sway = 16 * math.sin(index * 1.7)
            draw.polygon(
                ((x - width, 562), (x - width / 2 + sway, 562 - height * 0.55))
                + ((x + sway, 562 - height), (x + width / 2, 562 - height * 0.5), (x + width, 562)),
                fill=shade,
            )
    flames = flames.filter(ImageFilter.GaussianBlur(7))
    lit.paste(flames, (0, 0), flames)
    return lit
