"""Page: the training report of a run, one file with all in it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from converter.benchmark.benchmark import Benchmark
from converter.trained_model import TrainedModel
from edge.contract import atomic
from edge.contract.errors import EmberwatchError
from training.report import audit_summary, plots, sections, verdict
from training.report.accuracy import accuracy_rows
from training.report.class_maps import ClassMaps, class_maps_of_run
from training.report.evidence import Evidence
from training.report.gallery import MOST_SHOWN, Gallery, hang
from training.report.operating_point import (
    WANTED,
    OperatingPoint,
    operating_point,
)
from training.report.reproduction import command_of
from training.report.score_table import FOLD, LEFT_OUT, TEST, ScoreTable
from training.report.template import fill

FILE = "report.html"


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


def try_report(
    trained: TrainedModel, warn: Callable[[str], None], maps: ClassMaps | None = None
) -> Path | None:
    """Write the report as the last step of a training run, which must stand whatever happens.

    Where it fails, `warn` is told in a line, an earlier run's page is removed, and None is
    returned.
    """
    try:
        return write_report(trained, maps)
    except Exception as error:  # noqa: BLE001  hours of training are worth more than a page
        (trained.folder / FILE).unlink(missing_ok=True)
        reason = error.line() if isinstance(error, EmberwatchError) else repr(error)
        warn(f"the run is whole, but its report could not be drawn: {reason}")
        return None


def render(findings: Findings, maps: ClassMaps | None) -> str:
    """Return the page; without `maps`, its pictures have no heat beside them."""
    trained, evidence = findings.trained, findings.evidence
    rows = accuracy_rows(evidence, findings.benchmark)
    return fill(
        "report.html",
        trained=trained,
        dataset=trained.dataset.name,
        evidence=evidence,
        counts=sections.counts(trained),
        verdict=findings.verdict,
        cards=sections.cards(evidence, findings.point),
        rows=rows,
        accuracy_svg=sections.shares([(r.name, r.share, r.colour) for r in rows], "accuracy"),
        cuts_svg=sections.shares(sections.cut_rows(evidence), "cuts"),
        curve_svgs=sections.curves(evidence),
        matrices=sections.matrices(evidence),
        scenes=sections.scenes(evidence),
        alarm=sections.alarm(evidence, findings.table, findings.point),
        reliability_svg=(
            plots.reliability_plot(evidence.calibration) if evidence.calibration else ""
        ),
        probe=sections.probe(evidence),
        small_svg=(plots.small_fires_plot(evidence.small_fires) if evidence.small_fires else ""),
        galleries=_galleries(findings, maps),
        benchmark=findings.benchmark,
        audit=audit_summary.read(trained.metrics.get("audit")),
        unreadable=sections.unreadable(trained.metrics.get("unreadable")),
        most_lines=sections.MOST_LINES,
        command=command_of(trained),
        seconds=sections.seconds(trained.metrics.get("seconds")),
    )


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
