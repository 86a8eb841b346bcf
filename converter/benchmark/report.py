"""Report: a benchmark as one self-contained page."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.gallery import exhibits
from converter.benchmark.measured import Measured
from converter.benchmark.pareto import beaten_by
from converter.benchmark.pictures import TestPictures, left_out_words
from converter.benchmark.plots import accuracy_plot, colours, standings, tradeoff_plot
from converter.benchmark.verdict import p_text, verdicts
from converter.page_template import page_template
from edge.contract import atomic

FILE = "benchmark.html"
TEMPLATE = "benchmark.html"
MOST_OPERATORS = 8


@dataclass(frozen=True)
class OperatorBar:
    """A kind of operator's time in a picture: `share` of the model's longest kind, in [0, 1]."""

    name: str
    count: int
    ms: float
    share: float
    delegated: bool


def write_report(benchmark: Benchmark, pictures: TestPictures, title: str, folder: Path) -> Path:
    """Write FOLDER/benchmark.html atomically and return its path.

    The page loads nothing from anywhere: styles, plots and pictures are in it.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    path = folder / FILE
    atomic.write_text(path, render(benchmark, pictures, title))
    return path


def render(benchmark: Benchmark, pictures: TestPictures, title: str) -> str:
    """Return the page; `title` names what was measured."""
    rows = [(benchmark.name(recipe, one), one) for recipe, one in benchmark.rows]
    gallery = exhibits(benchmark, pictures)
    return page_template("converter.benchmark", TEMPLATE).render(
        benchmark=benchmark,
        title=title,
        rows=rows,
        colours=colours(benchmark),
        verdicts=verdicts(benchmark),
        refused=[result for result in benchmark.results if not result.measured],
        recalls=[label for label, share in _recall(benchmark).items() if share.of],
        matrices=_matrices(benchmark, rows),
        tradeoffs=_tradeoffs(benchmark),
        accuracy_svg=accuracy_plot(benchmark) if rows else "",
        timings=[(name, timing) for name, one in rows for timing in one.timings],
        slowest_ms=max((t.median_ms for _, one in rows for t in one.timings), default=1.0),
        operators=[(name, bars) for name, one in rows if (bars := _bars(one))],
        gallery=gallery,
        changed=len({flip.file for flip in benchmark.flips}),
        left_out=left_out_words(benchmark.left_out),
        p_text=p_text,
    )


def _tradeoffs(benchmark: Benchmark) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return for each runtime its name, its plot, and which model is beaten by which."""
    found = []
    for runtime in benchmark.runtimes:
        timed = standings(benchmark, runtime)
        beaten = [(one.name, best.name) for one in timed if (best := beaten_by(one, timed))]
        if timed:
            found.append((runtime, tradeoff_plot(benchmark, runtime), beaten))
    return found


def _recall(benchmark: Benchmark) -> dict[str, Any]:
    figures = benchmark.rows[0][1].figures if benchmark.rows else benchmark.reference
    return figures.recall


def _matrices(benchmark: Benchmark, rows: list[tuple[str, Measured]]) -> list[Any]:
    """Return each confusion matrix that people can read, with each count's share of its row."""
    shown = [(name, one.figures) for name, one in rows]
    if benchmark.keras_sha256:
        shown.insert(0, (benchmark.reference_name, benchmark.reference))
    return [
        (name, list(figures.recall), [_shaded(row) for row in figures.confusion])
        for name, figures in shown
        if len(figures.recall) <= 10
    ]


def _shaded(row: tuple[int, ...]) -> list[tuple[int, float]]:
    return [(count, count / max(1, sum(row))) for count in row]


def _bars(one: Measured) -> list[OperatorBar]:
    """Return the operators' times of a model's headline timing, the longest first."""
    if one.headline is None or not one.headline.operators:
        return []
    operators = sorted(one.headline.operators, key=lambda operator: -operator.total_ms)
    longest = max(operators[0].total_ms, 1e-9)
    bars = [
        OperatorBar(op.name, op.count, op.total_ms, op.total_ms / longest, op.delegated)
        for op in operators[:MOST_OPERATORS]
    ]
    rest = operators[MOST_OPERATORS:]
    if rest:
        ms = sum(operator.total_ms for operator in rest)
        count = sum(operator.count for operator in rest)
        bars.append(OperatorBar("all others", count, ms, min(1.0, ms / longest), False))
    return bars
