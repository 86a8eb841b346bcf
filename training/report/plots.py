"""Plots: the report's figures, as SVG to be set into a page."""

import warnings
from collections.abc import Sequence
from typing import Any, Literal

from converter.benchmark.plots import ACCENT, INK, MUTED, REFERENCE
from converter.benchmark.plots import svg as plain_svg
from converter.statistics import Proportion
from training.report.evidence import Calibration, CurvePoint
from training.report.operating_point import Curve, OperatingPoint, Reached
from training.report.small_fires import SmallFires
from training.sweep import Sweep

WIDTH_INCHES = 4.2
GRID = "#e4e7eb"
PALE = "#94a3b8"
GOOD = "#0f766e"
HAZARDS = ("#c2410c", "#64748b", "#7c3aed", "#a16207", "#1d4ed8", "#be185d")
LONGEST = 22
Row = tuple[str, Proportion, str]


def colours(labels: Sequence[str], negative: str | None) -> dict[str, str]:
    """Return a colour for each class: green-blue for the negative, the others in turn."""
    others = [label for label in labels if label != negative]
    found = {label: HAZARDS[at % len(HAZARDS)] for at, label in enumerate(others)}
    return found | ({negative: GOOD} if negative else {})


def shares_plot(rows: Sequence[Row], name: str, *, from_zero: bool = False) -> str:
    """Return shares with their 95% intervals, a row (name, share, colour) for each, as SVG."""
    figure, axes = _figure(0.5 * len(rows) + 0.7, "x")
    for at, (_, share, colour) in enumerate(rows):
        value, low, high = share.value or 0.0, share.low or 0.0, share.high or 0.0
        axes.plot([low, high], [at, at], color=colour, lw=6, alpha=0.28, solid_capstyle="round")
        axes.plot([value], [at], "o", color=colour, ms=9)
        axes.annotate(
            share.percent(), (value, at), (0, 8), textcoords="offset points", ha="center", color=INK
        )
    axes.set_yticks(range(len(rows)), [_text(row[0]) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.75)
    low = min((row[1].low or 0 for row in rows), default=0)
    axes.set_xlim(-0.03 if from_zero else max(-0.03, low - 0.06), 1.05)
    _percent(axes.xaxis)
    return _svg(figure, name)


def curve_plots(
    points: Sequence[CurvePoint],
    folds: Sequence[tuple[int, float]],
    best_step: int | None,
) -> list[tuple[str, str]]:
    """Return accuracy and cross entropy over the steps of training, each a name and an SVG.

    `folds` has (step, cross entropy) of the held-out folds.
    """
    steps = [point.step for point in points]
    accuracy = (
        ("training", [point.train_accuracy for point in points], PALE),
        ("validation", [point.validation_accuracy for point in points], ACCENT),
    )
    entropy = (
        ("training", [point.cross_entropy for point in points], PALE),
        ("validation", [point.validation_cross_entropy for point in points], ACCENT),
    )
    drawn = []
    for name, lines, percent in (("accuracy", accuracy, True), ("cross entropy", entropy, False)):
        figure, axes = _figure(2.7, "y")
        for label, values, colour in lines:
            if any(value is not None for value in values):
                axes.plot(steps, values, color=colour, lw=2.2, label=label, marker="o", ms=3.5)
        if folds and not percent:
            label = "held-out folds"
            axes.plot(*zip(*folds, strict=True), color=GOOD, lw=2.2, label=label)
        if best_step is not None:
            axes.axvline(best_step, color=INK, lw=1, ls=":", label=f"kept: step {best_step}")
        if percent:
            _percent(axes.yaxis)
        else:
            axes.set_ylim(bottom=0)
        axes.set_xlabel("step", color=MUTED)
        _legend(figure)
        drawn.append((name, _svg(figure, f"curve-{name}")))
    return drawn


def precision_recall_plot(
    curves: Sequence[tuple[str, Curve, str]],
    marks: Sequence[tuple[str, tuple[float, float], str]],
) -> str:
    """Return precision against recall: (name, curve, colour), and marked (name, point, colour)."""
    figure, axes = _figure(4.1, "both")
    for name, curve, colour in curves:
        label = f"{name}: average precision {curve.average_precision:.3f}"
        axes.step(curve.recall, curve.precision, where="post", color=colour, lw=2, label=label)
    for name, (recall, precision), colour in marks:
        axes.plot(
            *([recall], [precision], "o"),
            **{"ms": 10, "mfc": colour, "mec": "white", "mew": 1.5, "label": name, "ls": ""},
        )
    lowest = min((float(curve.precision.min()) for _, curve, _ in curves), default=0.0)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(max(0.0, lowest - 0.05), 1.02)
    _percent(axes.xaxis)
    _percent(axes.yaxis)
    axes.set_xlabel("recall: hazards found", color=MUTED)
    axes.set_ylabel("precision: alarms right", color=MUTED)
    _legend(figure)
    return _svg(figure, "precision-recall")


def precision_of(reached: Reached) -> float | None:
    """Return the share of alarms that are right at a threshold; None without an alarm."""
    alarms = reached.recall.count + reached.false_alarms.count
    return reached.recall.count / alarms if alarms else None


def point_marks(point: OperatingPoint) -> list[tuple[str, tuple[float, float], str]]:
    """Return the operating point's marks in the precision-recall plot."""
    marks = []
    for name, reached, colour in (
        ("threshold on the folds", point.chosen, PALE),
        ("the same on the test", point.test, ACCENT),
    ):
        precision = precision_of(reached) if reached else None
        if reached and precision is not None and reached.recall.value is not None:
            marks.append((name, (reached.recall.value, precision), colour))
    return marks


def reliability_plot(calibration: Calibration) -> str:
    """Return accuracy against mean score, bin by bin, before and after scaling, as SVG.

    The area of a dot grows with the pictures in its bin.
    """
    figure, axes = _figure(3.6, "both")
    axes.plot([0, 1], [0, 1], color=PALE, lw=1.2, ls="--", label="a score that means what it says")
    most = max((part.count for part in calibration.before.bins), default=1)
    for name, side, colour in (
        ("before", calibration.before, PALE),
        ("after", calibration.after, ACCENT),
    ):
        bins = [part for part in side.bins if part.count and part.confidence is not None]
        x, y = [part.confidence for part in bins], [part.accuracy for part in bins]
        label = f"{name}: error {side.ece:.3f}"
        axes.plot(x, y, color=colour, lw=1.6, alpha=0.8)
        sizes = [14 + 150 * part.count / max(1, most) for part in bins]
        axes.scatter(x, y, s=sizes, color=colour, alpha=0.75, label=label, zorder=3, lw=0)
    axes.set_xlim(-0.02, 1.05)
    axes.set_ylim(-0.02, 1.05)
    _percent(axes.yaxis)
    axes.set_xlabel("mean score of the answers", color=MUTED)
    axes.set_ylabel("share of them right", color=MUTED)
    _legend(figure, sized=True)
    return _svg(figure, "reliability")


def sweep_plot(sweep: Sweep, hazard: Sequence[str], palette: dict[str, str]) -> str:
    """Return what one distortion does, as SVG; the page explains the lines.

    Full lines: recall of each class. Dashed: mean score of each hazard on normal pictures.
    """
    figure, axes = _figure(2.5, "y")
    amounts = list(sweep.amounts)
    for label, recall in sweep.recall.items():
        axes.plot(amounts, _gaps(recall), color=palette.get(label, INK), lw=2.2, marker="o", ms=4)
    for label, scores in sweep.normal_score.items():
        if label in hazard:
            colour = palette.get(label, INK)
            axes.plot(amounts, _gaps(scores), color=colour, lw=1.8, ls=(0, (3, 2)))
    axes.set_ylim(-0.03, 1.05)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    _percent(axes.yaxis, ticks=False)
    axes.set_xticks(amounts)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    title = f"{sweep.name} ({sweep.unit})" if sweep.unit else sweep.name
    axes.set_title(_text(title, 44), loc="left", color=INK, fontsize=11)
    return _svg(figure, f"sweep-{sweep.name}")


def small_fires_plot(found: SmallFires) -> str:
    """Return the recall of pasted hazards by their size, a line for each way of looking."""
    figure, axes = _figure(3.2, "y")
    places = range(len(found.sizes))
    for way, colour in zip(found.ways, (REFERENCE, ACCENT, GOOD, *HAZARDS), strict=False):
        values = _gaps([share.value for share in way.recall])
        axes.plot(places, values, color=colour, lw=2.2, marker="o", ms=5, label=way.name)
        low = _gaps([share.low for share in way.recall])
        high = _gaps([share.high for share in way.recall])
        axes.fill_between(places, low, high, color=colour, alpha=0.1, lw=0)
    axes.set_xticks(places, found.size_names)
    axes.set_ylim(-0.03, 1.05)
    _percent(axes.yaxis)
    axes.set_xlabel("the hazard's share of the frame", color=MUTED)
    axes.set_ylabel("found", color=MUTED)
    _legend(figure)
    return _svg(figure, "small-fires")


def trade_plot(
    points: Sequence[tuple[str, float, Proportion, str]], unit: str, what: str, name: str
) -> str:
    """Return accuracy with its interval against a cost: (name, cost, share, colour), as SVG.

    `unit` is the cost's, `what` names its axis.
    """
    figure, axes = _figure(3.4, "both")
    for label, cost, share, colour in points:
        value = share.value or 0.0
        axes.plot([cost] * 2, [share.low, share.high], color=colour, lw=6, alpha=0.28)
        text = f"{_text(label)}: {share.percent()}, {cost:.3g} {unit}"
        axes.plot([cost], [value], "o", color=colour, ms=10, label=text)
    axes.set_xlim(0, 1.15 * max((point[1] for point in points), default=1) or 1)
    axes.set_xlabel(what, color=MUTED)
    _percent(axes.yaxis)
    _legend(figure)
    return _svg(figure, name)


def _figure(height_inches: float, grid: Literal["x", "y", "both"]) -> tuple[Any, Any]:
    # No pyplot: it keeps figures in a global and picks a window system.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, height_inches), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(axis=grid, color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#cbd2d9")
    axes.tick_params(length=0, labelcolor=INK, labelsize=11)
    return figure, axes


def _legend(figure: Any, *, sized: bool = False) -> None:
    legend = figure.legend(
        loc="outside upper left", frameon=False, labelcolor=INK, handletextpad=0.5, fontsize=11
    )
    if sized:
        for handle in legend.legend_handles:
            if hasattr(handle, "set_sizes"):
                handle.set_sizes([60])


def _percent(axis: Any, *, ticks: bool = True) -> None:
    axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%" if value <= 1.001 else "")
    if ticks:
        axis.get_major_locator().set_params(nbins=5, steps=[1, 2, 5, 10])


def _gaps(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _text(name: str, longest: int = LONGEST) -> str:
    """Return a name as matplotlib shall write it: no formula, and not longer than the plot."""
    short = name if len(name) <= longest else name[: longest - 1] + "…"
    return short.replace("\\", "\\\\").replace("$", r"\$") if "$" in short else short


def _svg(figure: Any, name: str) -> str:
    # Labels of any alphabet: the browser has the letters that matplotlib's own font lacks.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        return plain_svg(figure, name)
