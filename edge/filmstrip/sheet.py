"""Sheet: a contact sheet of tiles over a curve of the hazard."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from edge.alarm.rules import AlarmRules
from edge.contract.picture import Rgb
from edge.filmstrip.curve import draw_curve
from edge.filmstrip.palette import DIM, INK, LINE, PANEL, PAPER, STATE_COLOURS, TRACK, font
from edge.filmstrip.track import Point, Track
from edge.inference.prediction import Prediction

TILE_WIDTH, GAP, MARGIN = 400, 16, 28
HEAD_HEIGHT, CURVE_HEIGHT, FOOT_HEIGHT = 84, 190, 34
CAPTION_HEAD, BAR_ROW = 40, 22
MOST_BARS = 4
HAZARD_BAR, OTHER_BAR = (240, 90, 150), (90, 130, 175)


@dataclass(frozen=True)
class Tile:
    """A frame with its heat laid over it, as wide as a tile, and what was made of it."""

    point: Point
    picture: Rgb
    prediction: Prediction
    is_onset: bool


def tile_picture(rgb: Rgb) -> Rgb:
    """Scale a frame to the width of a tile."""
    height = max(1, round(TILE_WIDTH * rgb.shape[0] / rgb.shape[1]))
    scaled = Image.fromarray(rgb).resize((TILE_WIDTH, height), Image.Resampling.LANCZOS)
    return np.asarray(scaled, dtype=np.uint8)


@dataclass(frozen=True)
class Sheet:
    """What is the same all over the sheet.

    `rules` is None where they are not known; `heat` says whether the model has a class map.
    """

    title: str
    model_name: str
    hazard: tuple[str, ...]
    rules: AlarmRules | None
    heat: bool

    def draw(self, tiles: Sequence[Tile], track: Track) -> Image.Image:
        """Draw the sheet, RGB."""
        columns = min(len(tiles), 4)
        rows = -(-len(tiles) // columns)
        frame_height = max(tile.picture.shape[0] for tile in tiles)
        bars = min(MOST_BARS, len(tiles[0].prediction.labels))
        tile_height = frame_height + CAPTION_HEAD + bars * BAR_ROW + 10
        sheet_width = 2 * MARGIN + columns * (TILE_WIDTH + GAP) - GAP
        curve_top = HEAD_HEIGHT + rows * (tile_height + GAP)
        sheet = Image.new("RGB", (sheet_width, curve_top + CURVE_HEIGHT + FOOT_HEIGHT), PAPER)
        self._draw_head(sheet)
        for place, tile in enumerate(tiles):
            row, column = divmod(place, columns)
            corner = (
                MARGIN + column * (TILE_WIDTH + GAP),
                HEAD_HEIGHT + row * (tile_height + GAP),
            )
            box = (*corner, corner[0] + TILE_WIDTH, corner[1] + tile_height)
            self._draw_tile(sheet, place + 1, tile, box, frame_height)
        marks = [(place + 1, tile.point) for place, tile in enumerate(tiles)]
        size = (sheet_width - 2 * MARGIN, CURVE_HEIGHT)
        sheet.paste(draw_curve(size, track, marks, self.rules), (MARGIN, curve_top))
        return sheet

    def _draw_head(self, sheet: Image.Image) -> None:
        draw = ImageDraw.Draw(sheet)
        draw.text((MARGIN, 18), self.title, INK, font(26))
        parts = [f"model {self.model_name}", "hazard = " + " + ".join(self.hazard)]
        if self.rules is not None:
            rules = self.rules
            parts.append(f"alarm at {rules.k} of {rules.n} frames with {rules.raise_at:g} or more")
        if self.heat:
            parts.append("pink: where the hazard is, times the frame's hazard")
        draw.text((MARGIN, 52), "   |   ".join(parts), DIM, font(15))

    def _draw_tile(
        self,
        sheet: Image.Image,
        number: int,
        tile: Tile,
        box: tuple[int, int, int, int],
        frame_height: int,
    ) -> None:
        draw = ImageDraw.Draw(sheet)
        left, top, right, _bottom = box
        colour = STATE_COLOURS.get(tile.point.state, LINE)
        draw.rounded_rectangle(box, 6, fill=PANEL)
        sheet.paste(Image.fromarray(tile.picture), (left, top))
        if tile.point.state != "clear":
            draw.rectangle((left, top, right - 1, top + frame_height - 1), outline=colour, width=3)
        text_top = top + frame_height + 10
        draw.text((left + 12, text_top), f"{number}", DIM, font(18))
        draw.text((left + 36, text_top), f"{tile.point.time_s:.2f} s", INK, font(18))
        state = "alarm raised" if tile.is_onset else tile.point.state
        _draw_pill(draw, (right - 12, text_top), state, colour)
        ranked = tile.prediction.ranked()[:MOST_BARS]
        named = sorted(ranked, key=lambda pair: tile.prediction.labels.index(pair[0]))
        for row, (name, score) in enumerate(named):
            y = top + frame_height + CAPTION_HEAD + row * BAR_ROW
            _draw_bar(draw, (left + 12, y, right - 12), name, score, name in self.hazard)


def _draw_pill(
    draw: ImageDraw.ImageDraw, corner: tuple[int, int], text: str, colour: tuple[int, int, int]
) -> None:
    """Draw a word on a coloured pill, its right upper corner at `corner`."""
    face = font(15)
    width = draw.textlength(text, face)
    right, top = corner
    draw.rounded_rectangle((right - width - 18, top - 2, right, top + 21), 11, fill=colour)
    draw.text((right - width - 9, top + 1), text, (15, 15, 18), face)


def _draw_bar(
    draw: ImageDraw.ImageDraw,
    span: tuple[int, int, int],
    name: str,
    score: float,
    is_hazard: bool,
) -> None:
    left, y, right = span
    face = font(14)
    draw.text((left, y), _fitted(draw, name, 80, face), DIM, face)
    bar_left, bar_right = left + 88, right - 48
    draw.rounded_rectangle((bar_left, y + 5, bar_right, y + 13), 4, fill=TRACK)
    if score > 0.01:
        end = bar_left + max(8, round((bar_right - bar_left) * score))
        fill = HAZARD_BAR if is_hazard else OTHER_BAR
        draw.rounded_rectangle((bar_left, y + 5, end, y + 13), 4, fill=fill)
    draw.text((right - 40, y), f"{score:.3f}", INK, face)


def _fitted(draw: ImageDraw.ImageDraw, text: str, width: int, face: ImageFont.FreeTypeFont) -> str:
    """Cut a text to a width in pixels."""
    while draw.textlength(text, face) > width:
        text = text[:-2].rstrip(".") + "."
    return text
