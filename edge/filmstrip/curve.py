"""The curve of the hazard over time, with states, thresholds and marked moments."""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from edge.alarm.rules import AlarmRules
from edge.filmstrip.palette import DIM, INK, LINE, PANEL, PAPER, STATE_COLOURS, Colour, font
from edge.filmstrip.track import Point, Track

LEFT, RIGHT, TOP, BOTTOM = 72, 18, 30, 30
BAND = 6
# Drawn larger and scaled down: Pillow's lines have no anti-aliasing of their own.
FINE = 3
MOST_TICKS = 10
Mark = tuple[int, Point]


def draw_curve(
    size: tuple[int, int], track: Track, marks: Sequence[Mark], rules: AlarmRules | None
) -> Image.Image:
    """Draw the panel, RGB, of a size in pixels; `marks` are numbered moments on the track."""
    scale = _Scale(size, track)
    panel = Image.new("RGB", (size[0] * FINE, size[1] * FINE), PAPER)
    draw = ImageDraw.Draw(panel)
    draw.rounded_rectangle((0, 0, panel.width - 1, panel.height - 1), 6 * FINE, fill=PANEL)
    _draw_states(draw, scale, track)
    for level, colour in _levels(rules):
        _dash(draw, scale, level, colour)
    for _, point in marks:
        x = scale.x(point.time_s)
        draw.line((x, scale.y(1), x, scale.y(0)), LINE, FINE)
    _draw_hazard(draw, scale, track)
    for _, point in marks:
        if point.hazard is not None:
            x, y, radius = scale.x(point.time_s), scale.y(point.hazard), 4 * FINE
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=INK)
    panel = panel.resize(size, Image.Resampling.LANCZOS)
    _write(ImageDraw.Draw(panel), scale, marks, rules)
    return panel


class _Scale:
    """Seconds and hazards to pixels of the enlarged panel."""

    def __init__(self, size: tuple[int, int], track: Track) -> None:
        self.width, self.height = size
        self.start_s = track.points[0].time_s
        self.end_s = max(track.points[-1].time_s, self.start_s + 1e-3)

    def x(self, time_s: float) -> float:
        share = (time_s - self.start_s) / (self.end_s - self.start_s)
        return (LEFT + share * (self.width - LEFT - RIGHT)) * FINE

    def y(self, hazard: float) -> float:
        return (self.height - BOTTOM - hazard * (self.height - TOP - BOTTOM)) * FINE


def _levels(rules: AlarmRules | None) -> list[tuple[float, Colour]]:
    if rules is None:
        return []
    levels = [(rules.raise_at, STATE_COLOURS["alarm"])]
    return levels if rules.latch else [*levels, (rules.clear_at, STATE_COLOURS["clear"])]


def _draw_states(draw: ImageDraw.ImageDraw, scale: _Scale, track: Track) -> None:
    """Draw a band under the curve in the colour of each moment's state."""
    top = scale.y(0) + 2 * FINE
    ends = [point.time_s for point in track.points[1:]] + [scale.end_s]
    for point, end_s in zip(track.points, ends, strict=True):
        colour = STATE_COLOURS.get(point.state, LINE)
        box = (scale.x(point.time_s), top, scale.x(end_s), top + BAND * FINE)
        draw.rectangle(box, fill=colour)


def _draw_hazard(draw: ImageDraw.ImageDraw, scale: _Scale, track: Track) -> None:
    """Draw the curve, broken where the hazard is not known."""
    run: list[tuple[float, float]] = []
    for point in (*track.points, None):
        if point is not None and point.hazard is not None:
            run.append((scale.x(point.time_s), scale.y(point.hazard)))
            continue
        if len(run) > 1:
            draw.line(run, INK, 2 * FINE, joint="curve")
        run = []


def _dash(draw: ImageDraw.ImageDraw, scale: _Scale, level: float, colour: Colour) -> None:
    y, x, end = scale.y(level), scale.x(scale.start_s), scale.x(scale.end_s)
    while x < end:
        draw.line((x, y, min(x + 8 * FINE, end), y), colour, FINE)
        x += 14 * FINE


def _write(
    draw: ImageDraw.ImageDraw, scale: _Scale, marks: Sequence[Mark], rules: AlarmRules | None
) -> None:
    face = font(13)
    levels = [(0.0, DIM), (1.0, DIM), *_levels(rules)]
    for hazard, colour in levels:
        draw.text((LEFT - 10, scale.y(hazard) / FINE), f"{hazard:g}", colour, face, anchor="rm")
    draw.text((12, 8), "hazard", DIM, face)
    free_from = 0.0
    for number, point in marks:
        x = max(scale.x(point.time_s) / FINE, free_from)
        draw.text((x, TOP - 6), f"{number}", INK, face, anchor="mb")
        free_from = x + 12
    bottom = scale.height - 8
    step_s = _tick_step(scale.end_s - scale.start_s)
    time_s = math.ceil(scale.start_s / step_s) * step_s
    while time_s <= scale.end_s:
        draw.text((scale.x(time_s) / FINE, bottom), f"{time_s:g} s", DIM, face, anchor="mb")
        time_s = round(time_s + step_s, 6)


def _tick_step(span_s: float) -> float:
    """Return a round number of seconds that makes at most ten ticks."""
    magnitude = 10.0 ** math.floor(math.log10(span_s / MOST_TICKS))
    return next(m * magnitude for m in (1, 2, 5, 10) if span_s / (m * magnitude) <= MOST_TICKS)
