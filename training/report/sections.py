"""Sections: the figures and plots of the page's parts, worked out for its template."""

from typing import Any

from converter.benchmark.plots import ACCENT, REFERENCE
from converter.statistics import Figures
from converter.trained_model import TrainedModel
from training.report import plots, verdict
from training.report.evidence import Evidence
from training.report.operating_point import (
    OFFERED,
    OperatingPoint,
    operating_point,
    precision_recall,
)
from training.report.score_table import FOLD, LEFT_OUT, TEST, ScoreTable

MOST_SCENES = 24
MOST_LINES = 20
TWO_COLUMNS_FROM = 8


def cards(evidence: Evidence, point: OperatingPoint | None) -> list[tuple[str, str, str]]:
    """Return the first figures to look at: (title, figure, what it is)."""
    found = []
    share = verdict.familiar(evidence)
    if share:
        found.append(("pictures like these", share.percent(), share.percent_interval()))
    if evidence.left_out:
        pooled = evidence.left_out.pooled
        found.append(("a scene never seen", pooled.percent(), pooled.percent_interval()))
    reached = point and (point.test or point.chosen)
    if point and reached:
        words = f"set for {verdict.rate_text(point.wanted)} false alarms"
        found.append(("hazards found", reached.recall.percent(), words))
    if evidence.calibration:
        side = evidence.calibration
        words = f"{side.before.ece:.3f} before scaling"
        found.append(("calibration error", f"{side.after.ece:.3f}", words))
    return found


def counts(trained: TrainedModel) -> list[tuple[str, dict[str, int]]]:
    """Return the pictures of each part by class."""
    labels = trained.labels.names
    parts = ("training", "validation", "testing")
    counts = {part: dict.fromkeys(labels, 0) for part in parts}
    for row in trained.split:
        if row.part in counts and row.label in counts[row.part]:
            counts[row.part][row.label] += 1
    return list(counts.items())


def shares(rows: list[plots.Row], name: str) -> str:
    """Return the plot of shares with their intervals; nothing for no rows."""
    return plots.shares_plot(rows, name) if rows else ""


def cut_rows(evidence: Evidence) -> list[plots.Row]:
    """Return the accuracy by the block that features are taken from."""
    cuts = evidence.folds.cuts if evidence.folds else {}
    return [(name, share, plots.GOOD) for name, share in cuts.items()]


def curves(evidence: Evidence) -> list[tuple[str, str]]:
    """Return the learning curves, each a name and an SVG; none where none were kept."""
    folds = evidence.folds.curve if evidence.folds else ()
    if not evidence.curve:
        return []
    return plots.curve_plots(evidence.curve, folds, evidence.best_step)


def matrices(evidence: Evidence) -> list[dict[str, Any]]:
    """Return the confusion matrices: each cell with its share of the row, in [0, 1]."""
    found: list[tuple[str, Figures | None]] = [
        ("test", evidence.test),
        ("grouped folds", evidence.folds.figures if evidence.folds else None),
    ]
    return [
        {
            "name": name,
            "figures": figures,
            "rows": [
                (label, [(count, count / max(1, sum(row))) for count in row])
                for label, row in zip(figures.recall, figures.confusion, strict=True)
            ],
        }
        for name, figures in found
        if figures
    ]


def scenes(evidence: Evidence) -> dict[str, Any] | None:
    """Return the accuracy of each scene, the worst first; the left-out figure where known."""
    left_out = evidence.left_out
    shares = left_out.by_group if left_out else evidence.by_group
    known = [(name, share) for name, share in shares.items() if share.value is not None]
    known.sort(key=lambda pair: (pair[1].value or 0.0, -pair[1].of))
    if not known:
        return None
    colour = ACCENT if left_out else REFERENCE
    rows = [(f"{name} ({share.of})", share, colour) for name, share in known[:MOST_SCENES]]
    # On a desk two columns stand side by side, on a phone one below the other.
    half = len(rows) if len(rows) < TWO_COLUMNS_FROM else (len(rows) + 1) // 2
    columns = [rows[:half], rows[half:]]
    return {
        "svgs": [
            plots.shares_plot(column, f"scenes-{at}", from_zero=True)
            for at, column in enumerate(columns)
            if column
        ],
        "left_out": left_out is not None,
        "not_possible": left_out.not_possible if left_out else (),
        "more": known[MOST_SCENES:],
    }


def alarm(
    evidence: Evidence, table: ScoreTable | None, point: OperatingPoint | None
) -> dict[str, Any] | None:
    """Return precision and recall of hazard against normal, and the thresholds on offer."""
    if table is None or evidence.negative is None:
        return None
    named = (
        ("test", TEST, REFERENCE),
        ("folds", FOLD, plots.GOOD),
        ("new scenes", LEFT_OUT, ACCENT),
    )
    curves = [
        (name, curve, colour)
        for name, source, colour in named
        if (curve := precision_recall(table.of(source), evidence.negative))
    ]
    if not curves:
        return None
    wanted = sorted({*OFFERED, point.wanted}, reverse=True) if point else []
    points = [operating_point(table, evidence.negative, rate) for rate in wanted]
    return {
        "svg": plots.precision_recall_plot(curves, plots.point_marks(point) if point else []),
        "point": point,
        "points": [one for one in points if one],
        "threshold": verdict.threshold_text,
        "rate": verdict.rate_text,
    }


def probe(evidence: Evidence) -> dict[str, Any] | None:
    """Return what distortions do: lines, a plot for each, and the colours of the classes."""
    found = evidence.probe
    if found is None or not (found.sweeps or found.lines):
        return None
    palette = plots.colours(evidence.labels, evidence.negative)
    return {
        "lines": found.lines[:MOST_LINES],
        "svgs": [plots.sweep_plot(sweep, evidence.hazard, palette) for sweep in found.sweeps],
        "palette": palette,
    }


def unreadable(found: Any) -> list[tuple[str, str]]:
    """Return (file, reason) of the pictures that a run could not read."""
    items = found if isinstance(found, list) else []
    return [
        (str(item.get("file")), str(item.get("reason"))) for item in items if isinstance(item, dict)
    ]


def seconds(found: Any) -> list[tuple[str, float]]:
    """Return (step, seconds) of a run."""
    steps = found.items() if isinstance(found, dict) else ()
    return [(str(name), float(took)) for name, took in steps if isinstance(took, int | float)]
