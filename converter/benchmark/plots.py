"""Plots: the report's figures, as SVG to be set into the page."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.pareto import Standing, beaten_by

INK, MUTED, ACCENT, REFERENCE = "#1d2329", "#6b7580", "#c2410c", "#334155"
PALETTE = ("#c2410c", "#1d4ed8", "#0f766e", "#7c3aed", "#a16207", "#be185d", "#475569", "#166534")
WIDTH, HEIGHT = 4.8, 4.1
POINTS = 72
LABEL_SIZE, LINE_HEIGHT, CHARACTER = 10.5, 13.5, 6.1
# Where a label may stand about its dot: to the right, to the left (-1 in the last place), in
# steps of half a line up and down.
STEPS = (0, *(side * step for step in range(1, 22) for side in (1, -1)))


@dataclass(frozen=True)
class Box:
    """A rectangle in points, from the figure's lower left."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "Box") -> float:
        """Return the area that both cover, in square points."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)


def standings(benchmark: Benchmark, runtime: str) -> list[Standing]:
    """Return a runtime's models that have a latency which may be called a result."""
    return [
        Standing(
            benchmark.name(recipe, one),
            one.figures.accuracy.value or 0.0,
            one.latency_ms,
            one.size_bytes / 1e6,
        )
        for recipe, one in benchmark.rows
        if one.latency_ms is not None and one.runtime == runtime
    ]


def colours(benchmark: Benchmark) -> dict[str, str]:
    """Return each model's colour, by its name on the page: the same one in every runtime."""
    recipes = list(dict.fromkeys(recipe for recipe, _ in benchmark.rows))
    return {
        benchmark.name(recipe, one): PALETTE[recipes.index(recipe) % len(PALETTE)]
        for recipe, one in benchmark.rows
    }


def tradeoff_plot(benchmark: Benchmark, runtime: str) -> str:
    """Return accuracy against latency against size in one runtime, as SVG.

    A dot for each model, its area the size of the file, its name beside it; hollow where
    another model is at least as good in all three.
    """
    from matplotlib.figure import Figure

    shown = standings(benchmark, runtime)
    figure: Any = Figure(figsize=(WIDTH, HEIGHT))
    axes = figure.add_axes((0.13, 0.15, 0.86, 0.81))
    _dress(axes, "both")
    known = [one.accuracy for one in shown]
    if benchmark.compared:
        known.append(benchmark.reference.accuracy.value or 0.0)
    room = max(0.01, 0.35 * (max(known) - min(known)))
    axes.set_ylim(min(known) - room, max(known) + room)
    axes.set_xlim(0, 1.3 * max(one.ms for one in shown))
    if benchmark.compared:
        _reference_line(axes, benchmark)
    largest = max(one.megabytes for one in shown)
    tint = colours(benchmark)
    placed: list[Box] = []
    dots = [_dot_box(figure, axes, one, largest) for one in shown]
    for one, dot in zip(shown, dots, strict=True):
        beaten = beaten_by(one, shown) is not None
        colour = tint[one.name]
        axes.plot(
            *([one.ms], [one.accuracy], "o"),
            ms=dot.right - dot.left,
            color=colour,
            mfc="white" if beaten else colour,
            mew=1.5,
            alpha=0.85,
            clip_on=False,
        )
        _place_label(figure, one, dot, colour, placed, dots)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}%")
    axes.yaxis.get_major_locator().set_params(nbins=5, steps=[1, 2, 5, 10])
    axes.xaxis.get_major_locator().set_params(nbins=6)
    axes.set_xlabel("ms a picture (median)", color=MUTED, size=11)
    return svg(figure, f"tradeoff {runtime}")


def accuracy_plot(benchmark: Benchmark) -> str:
    """Return accuracy with its 95% interval, a row for each model, as SVG."""
    tint = colours(benchmark)
    rows = [
        (name, one.figures.accuracy, tint[name])
        for name, one in ((benchmark.name(recipe, one), one) for recipe, one in benchmark.rows)
    ]
    if benchmark.keras_sha256:
        rows.insert(0, (benchmark.reference_name, benchmark.reference.accuracy, REFERENCE))
    figure, axes = figure_with_axes(0.5 * len(rows) + 0.7)
    low = min(share.low or 0 for _, share, _ in rows)
    high = max(share.high or 1 for _, share, _ in rows)
    for at, (_, share, colour) in enumerate(rows):
        value = share.value or 0
        axes.plot([share.low, share.high], [at, at], color=colour, lw=5, alpha=0.28)
        axes.plot([value], [at], "o", color=colour, ms=9)
        axes.annotate(
            share.percent(), (value, at), (0, 9), textcoords="offset points", ha="center", color=INK
        )
    if benchmark.compared:
        axes.axvline(benchmark.reference.accuracy.value or 0, color=REFERENCE, lw=1, ls=":")
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.set_xlim(max(0.0, low - 0.03), min(1.005, high + 0.03))
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    axes.xaxis.get_major_locator().set_params(nbins=5, steps=[1, 2, 5, 10])
    return svg(figure, "accuracy")


def figure_with_axes(height_inches: float) -> tuple[Any, Any]:
    """Return an empty figure in the house style, 4.8 inches wide, and its axes."""
    # No pyplot: it keeps figures in a global and picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height_inches), layout="constrained")
    axes = figure.add_subplot()
    _dress(axes, "x")
    return figure, axes


def svg(figure: Any, name: str) -> str:
    """Return a figure as an SVG element whose text is text, the same bytes every time.

    `name` must differ between the figures of one page: their inner references are made of it.
    """
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 11}):
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def _dress(axes: Any, grid: str) -> None:
    axes.grid(axis=grid, color="#e4e7eb", lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#cbd2d9")
    axes.tick_params(length=0, labelcolor=INK, labelsize=11)


def _reference_line(axes: Any, benchmark: Benchmark) -> None:
    value = benchmark.reference.accuracy.value or 0.0
    axes.axhline(value, color=REFERENCE, lw=1, ls=":")
    axes.annotate(
        benchmark.reference_name,
        *((1, value), (0, 13)),  # above a dot that stands on the line
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        color=MUTED,
        size=LABEL_SIZE,
    )


def _dot_box(figure: Any, axes: Any, one: Standing, largest: float) -> Box:
    """Return where a model's dot stands, its area in proportion to the file."""
    # A dot of the largest file is 22 points wide, the smallest 5, so that it is seen.
    radius = max(5.0, 22.0 * (one.megabytes / largest) ** 0.5) / 2
    x, y = axes.transData.transform((one.ms, one.accuracy)) * POINTS / figure.dpi
    return Box(x - radius, y - radius, x + radius, y + radius)


def _place_label(
    figure: Any,
    one: Standing,
    dot: Box,
    colour: str,
    placed: list[Box],
    dots: Sequence[Box],
) -> None:
    """Write a model's name and figures beside its dot, where nothing else stands."""
    lines = (one.name, f"{one.ms:.1f} ms, {one.megabytes:.1f} MB")
    width = CHARACTER * max(map(len, lines))
    frame = Box(0.0, HEIGHT * POINTS * 0.15, WIDTH * POINTS, HEIGHT * POINTS)
    middle = (dot.bottom + dot.top) / 2

    def cost(box: Box) -> float:
        outside = width * 2 * LINE_HEIGHT - box.overlap(frame)
        return 4 * outside + sum(box.overlap(other) for other in (*placed, *dots))

    candidates = []
    for step in STEPS:
        bottom = middle + step * LINE_HEIGHT / 2 - LINE_HEIGHT
        for left in (dot.right + 4, dot.left - 4 - width):
            box = Box(left, bottom, left + width, bottom + 2 * LINE_HEIGHT)
            candidates.append((cost(box) + abs(step), box))
    best = min(candidates, key=lambda pair: pair[0])[1]
    placed.append(best)
    size = (WIDTH * POINTS, HEIGHT * POINTS)
    right_hand = best.left > dot.left
    x = best.left if right_hand else best.right
    for row, text in enumerate(lines):
        y = best.top - (row + 0.8) * LINE_HEIGHT
        figure.text(
            *(x / size[0], y / size[1], text),
            ha="left" if right_hand else "right",
            color=INK if row else colour,
            size=LABEL_SIZE,
            weight="normal" if row else "bold",
        )
    if abs(best.bottom + LINE_HEIGHT - middle) > LINE_HEIGHT:
        edge = dot.right if right_hand else dot.left
        _leader(figure, (edge, middle), (x - 2 if right_hand else x + 2, best.bottom + LINE_HEIGHT))


def _leader(figure: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    from matplotlib.lines import Line2D

    size = (WIDTH * POINTS, HEIGHT * POINTS)
    xs, ys = ([point[at] / size[at] for point in (start, end)] for at in (0, 1))
    figure.add_artist(Line2D(xs, ys, color=MUTED, lw=0.7))
