"""Chart: the hazard of the last hour as a drawing in the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.web.hub import Point

SECONDS = 3600
WIDTH, HEIGHT = 720, 210
LEFT, RIGHT, TOP, BOTTOM = 40, 6, 10, 30
# The hand gives a point a second; where nothing moves or the board is hot there are fewer. Up
# to so long without one is no gap.
GAP_SECONDS = 30
# A bucket is drawn by its highest hazard, so that no peak is lost: two for each pixel of a phone.
BUCKETS = 360
TICK_SECONDS = 600
BLIND = ("trouble", "starting")


@dataclass(frozen=True)
class Chart:
    """A drawing's parts, in its own coordinates (`WIDTH` by `HEIGHT`).

    `lines` are the hazard's, with a gap wherever it is not known; `blind` and `alarms` are
    spans of x, from and to; `ticks` the x and the words of the time axis; `levels` the y and
    the words of the other one. `raise_y` is where the alarm's threshold is. `left` to
    `bottom` is where the lines are.
    """

    lines: tuple[str, ...]
    blind: tuple[tuple[float, float], ...]
    alarms: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, str], ...]
    levels: tuple[tuple[float, str], ...]
    raise_y: float
    words: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def draw(points: Sequence[Point], now_s: float, raise_at: float) -> Chart:
    """Draw the points of the hour that ends at `now_s`, in seconds of the epoch."""
    begin = now_s - SECONDS
    step = SECONDS / BUCKETS
    hazards: list[float | None] = [None] * BUCKETS
    states = [""] * BUCKETS
    for at, hazard, state in points:
        bucket = int((at - begin) / step)
        if not 0 <= bucket < BUCKETS:
            continue
        if hazard is not None:
            hazards[bucket] = max(hazard, hazards[bucket] or 0.0)
        if states[bucket] != "alarm":
            states[bucket] = state
    _carry(hazards, states, round(GAP_SECONDS / step))
    x = [LEFT + (bucket + 0.5) * (WIDTH - LEFT - RIGHT) / BUCKETS for bucket in range(BUCKETS)]
    blind = [
        hazard is None and (state in BLIND or not state)
        for hazard, state in zip(hazards, states, strict=True)
    ]
    return Chart(
        lines=_lines(x, hazards),
        blind=_spans(x, _known_since(blind, states)),
        alarms=_spans(x, [state == "alarm" for state in states]),
        ticks=_ticks(begin, now_s),
        levels=tuple((_y(level), f"{level:g}") for level in (0.0, 0.5, 1.0)),
        raise_y=_y(raise_at),
        words=_words(hazards),
    )


def _carry(hazards: list[float | None], states: list[str], most: int) -> None:
    """Fill the buckets without a point by what was known before, for so many in a row."""
    missing = 0
    for bucket in range(1, len(states)):
        missing = 0 if states[bucket] else missing + 1
        if 0 < missing <= most and states[bucket - 1]:
            hazards[bucket], states[bucket] = hazards[bucket - 1], states[bucket - 1]


def _y(hazard: float) -> float:
    return round(TOP + (1 - min(1.0, max(0.0, hazard))) * (HEIGHT - TOP - BOTTOM), 1)


def _lines(x: Sequence[float], hazards: Sequence[float | None]) -> tuple[str, ...]:
    lines: list[list[str]] = [[]]
    for at, hazard in zip(x, hazards, strict=True):
        if hazard is None:
            if lines[-1]:
                lines.append([])
        else:
            lines[-1].append(f"{at:.1f},{_y(hazard)}")
    # One point alone is drawn as a short dash.
    return tuple(" ".join(line if len(line) > 1 else line * 2) for line in lines if line)


def _known_since(blind: list[bool], states: Sequence[str]) -> list[bool]:
    """Return `blind` without the time before the first point: then nobody watched, or did."""
    first = next((bucket for bucket, state in enumerate(states) if state), len(states))
    last = next((b for b in range(len(states) - 1, -1, -1) if states[b]), -1)
    # The hand gives a point a second; the bucket of this moment may be still empty.
    return [
        hides and first <= bucket <= max(last, len(states) - 3)
        for bucket, hides in enumerate(blind)
    ]


def _spans(x: Sequence[float], inside: Sequence[bool]) -> tuple[tuple[float, float], ...]:
    half = (x[1] - x[0]) / 2
    spans: list[tuple[float, float]] = []
    begin: float | None = None
    for at, holds in zip([*x, x[-1] + 2 * half], [*inside, False], strict=True):
        if holds and begin is None:
            begin = at - half
        elif not holds and begin is not None:
            spans.append((round(begin, 1), round(at - half, 1)))
            begin = None
    return tuple(spans)


def _ticks(begin: float, now_s: float) -> tuple[tuple[float, str], ...]:
    ticks = []
    at = (int(begin) // TICK_SECONDS + 1) * TICK_SECONDS
    while at < now_s:
        x = LEFT + (at - begin) / SECONDS * (WIDTH - LEFT - RIGHT)
        # A word too near an edge would be cut.
        if LEFT + 20 < x < WIDTH - 36:
            ticks.append((round(x, 1), datetime.fromtimestamp(at).astimezone().strftime("%H:%M")))
        at += TICK_SECONDS
    return tuple(ticks)


def _words(hazards: Sequence[float | None]) -> str:
    known = [hazard for hazard in hazards if hazard is not None]
    if not known:
        return "No hazard is known for the last hour."
    return f"Highest hazard of the last hour {max(known):.2f}, now {known[-1]:.2f}."
