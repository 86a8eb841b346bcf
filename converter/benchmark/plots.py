"""Plots: the report's figures, as SVG to be set into the page."""

import io
from typing import Any

from converter.benchmark.benchmark import Benchmark

INK, MUTED, ACCENT, REFERENCE = "#1d2329", "#6b7580", "#c2410c", "#334155"
COLOURS = {"int8": "#c2410c", "float16": "#0f766e", "float32": "#1d4ed8", "dynamic": "#7c3aed"}


def accuracy_plot(benchmark: Benchmark) -> str:
    """Return accuracy with its 95% interval, a row for each model, as SVG."""
    rows = [("float (Keras)", benchmark.reference.accuracy, REFERENCE)]
    rows += [
        (result.recipe, result.measured.figures.accuracy, COLOURS.get(result.recipe, ACCENT))
        for result in benchmark.results
        if result.measured
    ]
    figure, axes = figure_with_axes(0.55 * len(rows) + 0.9)
    low = min(share.low or 0 for _, share, _ in rows)
    high = max(share.high or 1 for _, share, _ in rows)
    for at, (_, share, colour) in enumerate(rows):
        value = share.value or 0
        axes.plot([share.low, share.high], [at, at], color=colour, lw=5, alpha=0.28)
        axes.plot([value], [at], "o", color=colour, ms=9)
        axes.annotate(
            share.percent(), (value, at), (0, 9), textcoords="offset points", ha="center", color=INK
        )
    axes.axvline(benchmark.reference.accuracy.value or 0, color=REFERENCE, lw=1, ls=":")
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.set_xlim(max(0.0, low - 0.03), min(1.005, high + 0.03))
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    axes.xaxis.get_major_locator().set_params(nbins=5, steps=[1, 2, 5, 10])
    return svg(figure, "accuracy")


def latency_plot(benchmark: Benchmark) -> str:
    """Return the time of one picture against the size of the model, as SVG."""
    measured = [(result.recipe, result.measured) for result in benchmark.results]
    figure, axes = figure_with_axes(3.4)
    axes.grid(axis="y", color="#e4e7eb", lw=0.8)
    most_ms = most_mb = 0.0
    for name, result in measured:
        if result is None:
            continue
        colour = COLOURS.get(name, ACCENT)
        size_mb = result.size_bytes / 1e6
        axes.plot([size_mb] * 2, [result.median_ms, result.p95_ms], color=colour, lw=5, alpha=0.28)
        label = f"{name}: {result.median_ms:.1f} ms, {size_mb:.1f} MB"
        axes.plot([size_mb], [result.median_ms], "o", color=colour, ms=10, label=label)
        most_ms, most_mb = max(most_ms, result.p95_ms), max(most_mb, size_mb)
    figure.legend(loc="outside upper left", frameon=False, labelcolor=INK, handletextpad=0.2)
    axes.set_xlim(0, 1.15 * most_mb or 1)
    axes.set_ylim(0, 1.15 * most_ms or 1)
    axes.set_xlabel("model file, MB", color=MUTED)
    axes.set_ylabel("ms a picture", color=MUTED)
    return svg(figure, "latency")


def figure_with_axes(height_inches: float) -> tuple[Any, Any]:
    """Return an empty figure in the house style, 4.8 inches wide, and its axes."""
    # No pyplot: it keeps figures in a global and picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, height_inches), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(axis="x", color="#e4e7eb", lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#cbd2d9")
    axes.tick_params(length=0, labelcolor=INK, labelsize=11)
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
