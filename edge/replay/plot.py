"""Plot: false alarms a day against the delay to an alarm, one dot for each set of rules."""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from PIL import Image, ImageDraw, ImageFont

from edge.contract.atomic import atomic_path
from edge.replay.choice_text import span
from edge.replay.trial import Trial
from edge.replay.tuning import Choice, front

Colour = tuple[int, int, int]
WIDTH, HEIGHT = 1000, 640
LEFT, RIGHT, TOP, BOTTOM = 110, 40, 96, 84
# Drawn larger and scaled down: Pillow's lines have no anti-aliasing of their own.
FINE = 3
PAPER, INK, DIM, GRID = (255, 255, 255), (28, 30, 36), (104, 110, 122), (228, 230, 235)
DOT, BEST, BAR, CHOSEN, WANTED = (
    (176, 184, 196),
    (38, 98, 178),
    (150, 184, 222),
    (206, 58, 44),
    (40, 140, 90),
)


def draw_plot(path: Path, trials: Sequence[Trial], choice: Choice) -> None:
    """Draw the trials whose fires mostly raised an alarm, and write a PNG.

    Raises:
        StorageError: it cannot be written.
    """
    shown = [one for one in trials if math.isfinite(one.delay_s) and one.false_alarms.days > 0]
    axes = _Axes(shown, choice)
    picture = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
    draw = ImageDraw.Draw(picture)
    for y in axes.ticks_y():
        draw.line((axes.fine(axes.left, y), axes.fine(axes.right, y)), GRID, FINE)
    for x in axes.ticks_x():
        draw.line((axes.fine(x, axes.low), axes.fine(x, axes.high)), GRID, FINE)
    for one in shown:
        _dot(draw, axes, one, 4, DOT)
    best = front(shown)
    _stairs(draw, axes, best)
    for one in best:
        _bar(draw, axes, one, BAR)
    _bar(draw, axes, choice.trial, CHOSEN)
    for one in best:
        _dot(draw, axes, one, 6, BEST)
    _dot(draw, axes, choice.trial, 9, CHOSEN)
    _dash(draw, axes, choice.wanted_per_day)
    picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    _write(ImageDraw.Draw(picture), axes, len(shown), choice)
    with atomic_path(path) as temporary:
        picture.save(temporary, "png")


class _Axes:
    """Seconds across, alarms a day up: a logarithmic scale with a place for none at its foot."""

    def __init__(self, trials: Sequence[Trial], choice: Choice) -> None:
        rates = [one.false_alarms for one in trials]
        highest = max([choice.wanted_per_day, *(rate.high for rate in rates)], default=1.0)
        rising = [rate.per_day for rate in rates if rate.count]
        lowest = min([choice.wanted_per_day, *rising], default=0.1)
        self.floor = math.floor(math.log10(lowest)) - 1
        self.top = math.ceil(math.log10(highest))
        self.low, self.high = 0.0, 10.0**self.top
        self.left = 0.0
        delays = [one.delay_s for one in trials]
        self.right = max([1.0, *delays]) * 1.08

    def fine(self, delay_s: float, per_day: float) -> tuple[float, float]:
        """Return a place on the enlarged picture."""
        x, y = self.at(delay_s, per_day)
        return x * FINE, y * FINE

    def at(self, delay_s: float, per_day: float) -> tuple[float, float]:
        """Return a place on the picture, in pixels."""
        share = min(1.0, (delay_s - self.left) / (self.right - self.left))
        level = self.floor if per_day <= 0 else max(self.floor, math.log10(per_day))
        up = (level - self.floor) / (self.top - self.floor)
        return (
            LEFT + share * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM),
        )

    def ticks_y(self) -> list[float]:
        """Return the rates that have a line: none, and powers of ten."""
        step = max(1, math.ceil((self.top - self.floor) / 8))
        return [0.0, *(10.0**power for power in range(self.floor + 1, self.top + 1, step))]

    def ticks_x(self) -> list[float]:
        """Return the seconds that have a line."""
        magnitude = 10.0 ** math.floor(math.log10(self.right / 8))
        step = next(m * magnitude for m in (1, 2, 5, 10) if self.right / (m * magnitude) <= 8)
        return [step * n for n in range(int(self.right / step) + 1)]


def _dot(draw: ImageDraw.ImageDraw, axes: _Axes, trial: Trial, radius: int, colour: Colour) -> None:
    if math.isfinite(trial.delay_s):
        x, y = axes.fine(trial.delay_s, trial.false_alarms.per_day)
        r = radius * FINE
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour, outline=PAPER, width=FINE)


def _stairs(draw: ImageDraw.ImageDraw, axes: _Axes, best: Sequence[Trial]) -> None:
    """Draw the front: with more patience the rate stays, until the next rules better it."""
    line: list[tuple[float, float]] = []
    for one in best:
        if line:
            line.append((axes.fine(one.delay_s, 1.0)[0], line[-1][1]))
        line.append(axes.fine(one.delay_s, one.false_alarms.per_day))
    if len(line) > 1:
        draw.line(line, BEST, 2 * FINE)


def _bar(draw: ImageDraw.ImageDraw, axes: _Axes, trial: Trial, colour: Colour) -> None:
    """Draw the 95% interval of a rate."""
    if not math.isfinite(trial.delay_s) or not trial.false_alarms.days:
        return
    rate = trial.false_alarms
    ends = [axes.fine(trial.delay_s, value) for value in (rate.low, rate.high)]
    draw.line(ends, colour, 2 * FINE)
    for x, y in ends:
        draw.line((x - 5 * FINE, y, x + 5 * FINE, y), colour, 2 * FINE)


def _dash(draw: ImageDraw.ImageDraw, axes: _Axes, per_day: float) -> None:
    x, y = axes.fine(axes.left, per_day)
    end, _ = axes.fine(axes.right, per_day)
    while x < end:
        draw.line((x, y, min(x + 9 * FINE, end), y), WANTED, 2 * FINE)
        x += 15 * FINE


def _write(draw: ImageDraw.ImageDraw, axes: _Axes, shown: int, choice: Choice) -> None:
    rate, rules = choice.trial.false_alarms, choice.trial.rules
    draw.text((LEFT, 16), "False alarms a day against delay to the alarm", INK, font(22))
    words = (
        f"{shown} sets of rules on {span(rate.days)} in which nothing burned and "
        f"{len(choice.trial.delays)} fires; bars: 95% intervals of the best ones"
    )
    draw.text((LEFT, 46), words, DIM, font(15))
    text = f"chosen: raise_at {rules.raise_at:g}, {rules.k} of {rules.n}"
    text += f", smoothing {rules.smoothing:g}" if rules.smoothing else ""
    for left, colour, label in (
        (LEFT, CHOSEN, text),
        (LEFT + 330, BEST, "no other beats it"),
        (LEFT + 510, DOT, "beaten"),
        (LEFT + 610, WANTED, f"wanted: {choice.wanted_per_day:g} a day"),
    ):
        draw.ellipse((left, 74, left + 10, 84), fill=colour)
        draw.text((left + 16, 79), label, INK, font(14), anchor="lm")
    for value in axes.ticks_y():
        _, y = axes.at(axes.left, value)
        draw.text((LEFT - 12, y), f"{value:g}" if value else "none", DIM, font(14), anchor="rm")
    for value in axes.ticks_x():
        x, y = axes.at(value, 0.0)
        draw.text((x, y + 12), f"{value:g} s", DIM, font(14), anchor="mt")
    draw.text(
        ((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 24),
        "median delay from the first frame with a hazard to the alarm",
        INK,
        font(15),
        anchor="mm",
    )


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's own typeface in a size in pixels."""
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))
