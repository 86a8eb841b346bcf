"""Plot: drift against latency against size, as SVG to be set into the page."""

from collections.abc import Callable, Sequence
from html import escape
from math import sqrt

from converter.rescue.rescue import Rescue
from converter.rescue.trial import Trial

Scale = Callable[[float], float]
WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 72, 24, 20, 56
LARGEST = 17
STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def front_plot(rescue: Rescue) -> str:
    """Return the trials as SVG: a dot each, its area the file's size, the front's numbered.

    Numbers are places in the front, from 1; yardsticks are hollow. Left and low is better.
    """
    trials, front = rescue.trials, rescue.front
    chosen, max_ms = rescue.chosen, rescue.limits.max_ms
    right = nice(1.08 * max(trial.ms for trial in trials))
    top = nice(1.12 * max(1e-4, *(trial.drift for trial in trials)))
    most = max(trial.size_bytes for trial in trials)

    def x(ms: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ms / right, 1)

    def y(drift: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * drift / top, 1)

    parts = [*_grid(right, top, x, y)]
    if max_ms is not None and max_ms < right:
        parts.append(
            f'<line class="limit" x1="{x(max_ms)}" x2="{x(max_ms)}" y1="{TOP}" y2="{y(0)}"/>'
            f'<text class="limit" x="{x(max_ms) - 5}" y="{TOP + 12}" text-anchor="end">'
            f"--max-ms {max_ms:g}</text>"
        )
    line = " ".join(f"{x(one.ms)},{y(one.drift)}" for one in front)
    parts.append(f'<polyline class="front" points="{line}"/>')
    for one in sorted(trials, key=lambda one: -one.size_bytes):
        kind = "off"
        if one in front:
            kind = "chosen" if one == chosen else "on"
        elif one in rescue.yardsticks:
            kind = "yardstick"
            lift = LARGEST + 6 + 15 * rescue.yardsticks.index(one)
            left, height = x(one.ms), y(one.drift) - lift
            parts.append(
                f'<text x="{left}" y="{height}" text-anchor="middle">{one.recipe.name}</text>'
            )
        radius = round(max(5.0, LARGEST * sqrt(one.size_bytes / most)), 1)
        title = f"{one.recipe.name}: {one.ms:.1f} ms, drift {one.drift:.4f}, {_mb(one)} MB"
        parts.append(
            f'<circle class="{kind}" cx="{x(one.ms)}" cy="{y(one.drift)}" r="{radius}">'
            f"<title>{escape(title)}</title></circle>"
        )
    parts += _numbers([(x(one.ms), y(one.drift)) for one in front])
    label = "Drift against latency; the table below holds the same figures"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        + "".join(parts)
        + "</svg>"
    )


def nice(value: float) -> float:
    """Return the least round number at or above a positive value: one of STEPS times 10^n."""
    power = 10.0 ** (len(f"{int(value)}") - 1) if value >= 1 else 1.0
    while power > value:
        power /= 10
    return next(power * step for step in STEPS if power * step >= value * (1 - 1e-9))


def _numbers(places: Sequence[tuple[float, float]]) -> list[str]:
    """Return the front's numbers above their dots, moved apart where they would touch."""
    texts, taken = [], list[tuple[float, float]]()
    for number, (left, top) in enumerate(places, 1):
        height = top - LARGEST - 4
        while any(abs(left - x) < 16 and abs(height - y) < 14 for x, y in taken):
            height -= 14
        taken.append((left, height))
        texts.append(f'<text class="number" x="{left}" y="{height}">{number}</text>')
    return texts


def _grid(right: float, top: float, x: Scale, y: Scale) -> list[str]:
    parts = []
    for step in range(6):
        ms, drift = right * step / 5, top * step / 5
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(drift)}" y2="{y(drift)}"/>'
            f'<text x="{LEFT - 8}" y="{y(drift) + 4}" text-anchor="end">{drift:g}</text>'
            f'<text x="{x(ms)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{ms:g}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">'
        "milliseconds a picture, one thread</text>"
        f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
        'text-anchor="middle">mean score drift from float</text>'
    )
    return parts


def _mb(trial: Trial) -> str:
    return f"{trial.size_bytes / 1e6:.1f}"
