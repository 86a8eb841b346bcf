"""Plots: an autopsy's stages and layers, as SVG to be set into its page."""

from collections.abc import Sequence
from typing import Any

from converter.autopsy.autopsy import Autopsy
from converter.autopsy.layer_noise import LayerNoise
from converter.benchmark.plots import ACCENT, INK, MUTED, svg

LINE, SOFT, CALM = "#e4e7eb", "#94a3b8", "#334155"
WIDTH = 4.3
# So many layers are named in the plot; a layer whose own noise is none is left out of it.
NAMED = 3
# The height of a line of names, as a part of the plot's.
LANE = 0.075
# From this length on, in percent, a bar has room for its own figure.
INSIDE = 22
SILENT_DB = 100.0


def stage_plot(autopsy: Autopsy) -> str:
    """Return the stages as a waterfall of the drift, with the accuracy after each, as SVG."""
    stages = autopsy.stages
    figure = _figure(0.34 * len(stages) + 0.75)
    left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": [1.7, 1]})
    _dress(left)
    _dress(right)
    reached = 0.0
    largest = max(stage.share for stage in stages)
    for at, stage in enumerate(stages):
        share = 100 * stage.share
        colour = ACCENT if stage.share == largest and share else CALM
        left.barh(at, share, 0.62, left=reached, color=colour)
        if at:
            left.plot([reached, reached], [at - 1 + 0.31, at - 0.31], color=SOFT, lw=0.8)
            _write_share(left, at, reached, share)
        reached += share
    left.set_xlim(0, 104)
    left.set_xticks([0, 50, 100], ["0", "50", "100%"])
    left.set_yticks(range(len(stages)), [stage.title for stage in stages])
    left.set_ylim(len(stages) - 0.5, -0.6)
    left.set_title("share of the drift", fontsize=10, color=MUTED, loc="left")
    _accuracies(right, autopsy)
    return svg(figure, "stages")


def _write_share(axes: Any, at: int, reached: float, share: float) -> None:
    """Write a bar's share into it, or beside it where it is short."""
    if share >= INSIDE:
        place, side, shift, colour = reached + share, "right", -4, "white"
    elif reached + share > 80:
        place, side, shift, colour = reached, "right", -4, INK
    else:
        place, side, shift, colour = reached + share, "left", 4, INK
    axes.annotate(
        *(f"{share:.0f}%", (place, at), (shift, 0)),
        textcoords="offset points",
        ha=side,
        va="center",
        color=MUTED if share < 1 else colour,
        fontsize=9,
    )


def _accuracies(axes: Any, autopsy: Autopsy) -> None:
    values = [100 * (stage.accuracy.value or 0.0) for stage in autopsy.stages]
    room = max(2.0, 0.6 * (max(values) - min(values)))
    axes.axvline(values[0], color=SOFT, lw=1, ls=":")
    axes.plot(values, range(len(values)), color=CALM, lw=1.4, marker="o", ms=5)
    for at, value in enumerate(values):
        if at in (0, len(values) - 1) or abs(value - values[at - 1]) >= 0.05:
            below = value < values[0]
            axes.annotate(
                *(f"{value:.1f}", (value, at), (-6 if below else 6, 0)),
                textcoords="offset points",
                ha="right" if below else "left",
                va="center",
                fontsize=9,
                color=INK,
            )
    axes.set_xlim(min(values) - room, max(values) + room)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    axes.xaxis.get_major_locator().set_params(nbins=3, integer=True)
    axes.set_title("accuracy, %", fontsize=10, color=MUTED, loc="left")


def layer_plot(noise: Sequence[LayerNoise]) -> str:
    """Return each layer's signal-to-noise ratio in the order of the network, as SVG.

    The line is what has come together there, the dots what each layer adds by itself; the
    worst of both are named.
    """
    shown = [layer for layer in noise if layer.snr_db < SILENT_DB]
    figure = _figure(3.3)
    axes = figure.subplots()
    _dress(axes)
    axes.grid(axis="y", color=LINE, lw=0.8)
    axes.grid(visible=False, axis="x")
    places = list(range(len(shown)))
    adding = [at for at in places if shown[at].own_snr_db < SILENT_DB]
    worst = sorted(adding, key=lambda at: shown[at].own_snr_db)[:NAMED]
    axes.plot(places, [layer.snr_db for layer in shown], color=CALM, lw=1.4, label="in all")
    for chosen, colour, label in (
        ([at for at in adding if at not in worst], SOFT, "by itself"),
        (worst, ACCENT, "by itself, the worst"),
    ):
        own = [shown[at].own_snr_db for at in chosen]
        axes.plot(chosen, own, "o", color=colour, ms=4.5, label=label, mew=0)
    levels = [layer.snr_db for layer in shown] + [shown[at].own_snr_db for at in adding]
    axes.set_ylim(min(levels) - 2, max(levels) + 3)
    axes.set_xlim(-1.5, len(shown) + 0.5)
    axes.set_xlabel("layers, from the picture to the scores", color=MUTED, fontsize=10)
    axes.set_ylabel("dB", color=MUTED, fontsize=10)
    axes.set_xticks([])
    _name(axes, shown, worst)
    figure.legend(
        loc="outside upper left",
        ncols=3,
        frameon=False,
        labelcolor=INK,
        fontsize=9,
        columnspacing=1.2,
        handletextpad=0.4,
        borderpad=0,
    )
    return svg(figure, "layers")


def _name(axes: Any, shown: list[LayerNoise], worst: list[int]) -> None:
    """Write the worst layers' names, and the lowest point's of the line, under the plot's points.

    Each has a line of its own there, with a thin one up to its dot.
    """
    bottom = min(range(len(shown)), key=lambda at: shown[at].snr_db)
    labels = [(at, shown[at].own_snr_db, ACCENT) for at in worst]
    labels.append((bottom, shown[bottom].snr_db, CALM))
    low, high = axes.get_ylim()
    lane = LANE * (high - low)
    axes.set_ylim(low - lane * len(labels), high)
    for number, (at, level, colour) in enumerate(sorted(labels)):
        height = low - lane * (number + 0.5)
        axes.plot([at, at], [height + 0.3 * lane, level], color=colour, lw=0.6, alpha=0.6)
        left = at > len(shown) / 2
        axes.annotate(
            *(f"{shown[at].label}, {level:.0f} dB", (at, height), (-3 if left else 3, 0)),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=9,
            color=colour,
        )


def _figure(height_inches: float) -> Any:
    # No pyplot: it keeps figures in a global and picks a window system.
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height_inches), layout="constrained")


def _dress(axes: Any) -> None:
    axes.grid(axis="x", color=LINE, lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#cbd2d9")
    axes.tick_params(length=0, labelcolor=INK, labelsize=9.5)
