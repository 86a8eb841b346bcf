"""Page: the training report of a run, one file with all in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.benchmark import Benchmark
from converter.plots import ACCENT, REFERENCE
from converter.statistics import Figures, Proportion
from converter.trained_model import TrainedModel
from edge.contract import atomic
from training.report import audit_summary, plots, verdict
from training.report.class_maps import ClassMaps, class_maps_of_run
from training.report.evidence import Evidence
from training.report.gallery import MOST_SHOWN, Gallery, hang
from training.report.operating_point import (
    OFFERED,
    WANTED,
    OperatingPoint,
    operating_point,
    precision_recall,
)
from training.report.reproduction import command_of
from training.report.score_table import FOLD, LEFT_OUT, TEST, ScoreTable
from training.report.template import fill

FILE = "report.html"
MOST_SCENES = 24
MOST_LINES = 20
TWO_COLUMNS_FROM = 8
QUANTISED = "#7c3aed"


@dataclass(frozen=True)
class AccuracyRow:
    """One way to measure accuracy: how honest it is, and what it stands for."""

    name: str
    share: Proportion
    honesty: str
    meaning: str
    colour: str


@dataclass(frozen=True)
class Findings:
    """All that the page is made of, read once."""

    trained: TrainedModel
    evidence: Evidence
    table: ScoreTable | None
    point: OperatingPoint | None
    benchmark: Benchmark | None

    @classmethod
    def of(cls, trained: TrainedModel, wanted: float = WANTED) -> "Findings":
        """Read what a run folder holds and choose its operating point."""
        evidence = Evidence.of(trained)
        table = ScoreTable.read(trained.folder, trained.labels.names)
        point = None
        if table and evidence.negative:
            point = operating_point(table, evidence.negative, wanted)
        return cls(trained, evidence, table, point, Benchmark.read(trained))

    @property
    def verdict(self) -> verdict.Verdict:
        """Return the verdict in words."""
        return verdict.judge(self.evidence, self.point, self.benchmark)


def write_report(
    trained: TrainedModel, maps: ClassMaps | None = None, wanted: float = WANTED
) -> Path:
    """Write RUN/report.html atomically and return its path.

    `maps` gives the class maps of a model that is in memory; without it RUN/model.keras is
    read, if there is a mistake to show. `wanted` is the rate of false alarms to choose the
    threshold for, in (0, 1).

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    findings = Findings.of(trained, wanted)
    path = trained.folder / FILE
    atomic.write_text(path, render(findings, maps or class_maps_of_run(trained)))
    return path


def render(findings: Findings, maps: ClassMaps | None) -> str:
    """Return the page; without `maps`, its pictures have no heat beside them."""
    trained, evidence = findings.trained, findings.evidence
    rows = accuracy_rows(findings)
    return fill(
        "report.html",
        trained=trained,
        dataset=trained.dataset.name,
        evidence=evidence,
        counts=_counts(trained),
        verdict=findings.verdict,
        cards=_cards(findings),
        rows=rows,
        accuracy_svg=_shares([(r.name, r.share, r.colour) for r in rows], "accuracy"),
        cuts_svg=_shares(_cut_rows(evidence), "cuts"),
        curve_svgs=plots.curve_plots(evidence.curve, evidence.best_step) if evidence.curve else [],
        matrices=_matrices(evidence),
        scenes=_scenes(evidence),
        alarm=_alarm(findings),
        reliability_svg=(
            plots.reliability_plot(evidence.calibration) if evidence.calibration else ""
        ),
        probe=_probe(evidence),
        galleries=_galleries(findings, maps),
        benchmark=findings.benchmark,
        audit=audit_summary.read(trained.metrics.get("audit")),
        unreadable=_unreadable(trained.metrics.get("unreadable")),
        most_lines=MOST_LINES,
        command=command_of(trained),
        seconds=_seconds(trained.metrics.get("seconds")),
    )


def accuracy_rows(findings: Findings) -> list[AccuracyRow]:
    """Return the ways in which accuracy was measured, from the most flattering on."""
    evidence = findings.evidence
    rows: list[AccuracyRow] = []

    def add(name: str, share: Proportion | None, honesty: str, meaning: str, colour: str) -> None:
        if share is not None and share.of:
            rows.append(AccuracyRow(name, share, honesty, meaning, colour))

    grouped = "honest" if evidence.grouped else "may flatter"
    scenes = "" if evidence.grouped else " The run was not told which pictures show one scene."
    add(
        "random folds",
        evidence.random_folds,
        "flatters",
        "Pictures dealt at random: frames of one scene stand on both sides, and the model is "
        "asked what it was taught. Most published figures are of this kind.",
        plots.PALE,
    )
    add(
        "test",
        evidence.test.accuracy if evidence.test else None,
        grouped,
        "The final model on pictures that nothing was trained or chosen on." + scenes,
        REFERENCE,
    )
    for result in findings.benchmark.results if findings.benchmark else ():
        if result.measured:
            add(
                f"test, {result.recipe}",
                result.measured.figures.accuracy,
                grouped,
                f"The same pictures by the {result.recipe} model in the camera's runtime, "
                f"{result.measured.runtime}.",
                QUANTISED,
            )
    folds = evidence.folds
    add(
        "grouped folds",
        folds.accuracy if folds else None,
        grouped,
        f"Training and validation pictures in {folds.count if folds else 0} parts, each answered "
        "by a head trained on the others; pictures of one family stay together." + scenes,
        plots.GOOD,
    )
    add(
        "left-out scenes",
        evidence.left_out.pooled if evidence.left_out else None,
        "honest",
        "Each scene answered by a head that saw none of its pictures: what to expect of a camera "
        "in a new place.",
        ACCENT,
    )
    return rows


def _cards(findings: Findings) -> list[tuple[str, str, str]]:
    """Return the first figures to look at: (title, figure, what it is)."""
    evidence, point = findings.evidence, findings.point
    cards = []
    share = verdict.familiar(evidence)
    if share:
        cards.append(("pictures like these", share.percent(), share.percent_interval()))
    if evidence.left_out:
        pooled = evidence.left_out.pooled
        cards.append(("a scene never seen", pooled.percent(), pooled.percent_interval()))
    reached = point and (point.test or point.chosen)
    if point and reached:
        words = f"set for {verdict.rate_text(point.wanted)} false alarms"
        cards.append(("hazards found", reached.recall.percent(), words))
    if evidence.calibration:
        side = evidence.calibration
        words = f"{side.before.ece:.3f} before scaling"
        cards.append(("calibration error", f"{side.after.ece:.3f}", words))
    return cards


def _counts(trained: TrainedModel) -> list[tuple[str, dict[str, int]]]:
    """Return the pictures of each part by class."""
    labels = trained.labels.names
    parts = ("training", "validation", "testing")
    counts = {part: dict.fromkeys(labels, 0) for part in parts}
    for row in trained.split:
        if row.part in counts and row.label in counts[row.part]:
            counts[row.part][row.label] += 1
    return list(counts.items())


def _shares(rows: list[plots.Row], name: str) -> str:
    return plots.shares_plot(rows, name) if rows else ""


def _cut_rows(evidence: Evidence) -> list[plots.Row]:
    cuts = evidence.folds.cuts if evidence.folds else {}
    return [(name, share, plots.GOOD) for name, share in cuts.items()]


def _matrices(evidence: Evidence) -> list[dict[str, Any]]:
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


def _scenes(evidence: Evidence) -> dict[str, Any] | None:
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


def _alarm(findings: Findings) -> dict[str, Any] | None:
    """Return precision and recall of hazard against normal, and the thresholds on offer."""
    table, evidence = findings.table, findings.evidence
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
    point = findings.point
    wanted = sorted({*OFFERED, point.wanted}, reverse=True) if point else []
    points = [operating_point(table, evidence.negative, rate) for rate in wanted]
    return {
        "svg": plots.precision_recall_plot(curves, plots.point_marks(point) if point else []),
        "point": point,
        "points": [one for one in points if one],
        "threshold": verdict.threshold_text,
        "rate": verdict.rate_text,
    }


def _probe(evidence: Evidence) -> dict[str, Any] | None:
    probe = evidence.probe
    if probe is None or not (probe.sweeps or probe.lines):
        return None
    palette = plots.colours(evidence.labels, evidence.negative)
    return {
        "lines": probe.lines[:MOST_LINES],
        "svgs": [plots.sweep_plot(sweep, evidence.hazard, palette) for sweep in probe.sweeps],
        "palette": palette,
    }


def _galleries(findings: Findings, maps: ClassMaps | None) -> list[tuple[str, Gallery]]:
    """Return the galleries with their sources: the test, and the hardest of the others."""
    if findings.table is None:
        return []
    tables = {source: findings.table.of(source) for source in (TEST, LEFT_OUT, FOLD)}
    second = LEFT_OUT if tables[LEFT_OUT].rows else FOLD
    return [
        (source, hang(findings.trained, tables[source], maps, findings.evidence.negative))
        for source in (TEST, second)
        if tables[source].rows and MOST_SHOWN
    ]


def _unreadable(found: Any) -> list[tuple[str, str]]:
    items = found if isinstance(found, list) else []
    return [
        (str(item.get("file")), str(item.get("reason"))) for item in items if isinstance(item, dict)
    ]


def _seconds(found: Any) -> list[tuple[str, float]]:
    steps = found.items() if isinstance(found, dict) else ()
    return [(str(name), float(took)) for name, took in steps if isinstance(took, int | float)]
