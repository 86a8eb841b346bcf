"""The `benchmark` command."""

from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from converter.benchmark.benchmark import Benchmark, refusals
from converter.benchmark.measure import run_benchmark
from converter.benchmark.report import write_report
from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.options import conversion_options
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import parse_recipes
from converter.statistics import Figures
from converter.trained_model import TrainedModel


@click.command("benchmark")
@conversion_options
@click.option(
    "--recipes",
    default="int8,float32",
    show_default=True,
    help="Which, with commas between, or all; those not converted yet are.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Threads for the Pi's interpreter.",
)
def benchmark_command(
    run: Path,
    edge_python: Path | None,
    calibration: int,
    seed: int,
    recipes: str,
    threads: int,
) -> None:
    """Measure what quantising cost, on the test pictures of a run.

    The float model is run by TensorFlow, each recipe by the Pi's own runtime, on the same
    input tensors. Accuracy comes with its 95% interval; latency is that of one picture in
    the model alone, on this machine: compare recipes by it, not machines.

    Writes RUN/benchmark.json and RUN/benchmark.html, one page with all in it.

    \b
    emberwatch benchmark runs/fire
    emberwatch benchmark runs/fire --recipes all --edge-python .venv/edge-litert/bin/python
    """
    wanted = parse_recipes(recipes)
    trained = TrainedModel.read(run)
    conversion = Conversion(
        trained,
        PiEnvironment.find(edge_python),
        CalibrationSet.draw(trained, calibration, seed),
        Progress.on_stderr(),
    )
    benchmark = run_benchmark(conversion, wanted, threads)
    written = benchmark.write(run)
    page = write_report(benchmark, trained)
    show(benchmark, Console())
    click.echo(f"{written}\n{page}")


def show(benchmark: Benchmark, console: Console) -> None:
    """Print a benchmark as a table, a column for each model."""
    table = Table(
        title=f"{benchmark.reference.accuracy.of} test pictures",
        title_justify="left",
        box=box.SIMPLE,
    )
    for name in ("", "float", *(result.recipe for result in benchmark.results)):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    figures = [benchmark.reference]
    figures += [result.measured.figures for result in benchmark.results if result.measured]
    columns = [_column(one) for one in figures]
    columns[0] += ["", f"{benchmark.keras_bytes / 1e6:.1f}", "", ""]
    measured = [result.measured for result in benchmark.results if result.measured]
    for column, one in zip(columns[1:], measured, strict=True):
        column += [one.agreement.percent(), f"{one.size_bytes / 1e6:.1f}"]
        column += [f"{one.median_ms:.1f}", f"{one.p95_ms:.1f}"]
    for at, result in enumerate(benchmark.results, start=1):
        if result.measured is None:
            columns.insert(at, ["refused"] + [""] * (len(columns[0]) - 1))
    recalls = [f"recall {label}" for label in benchmark.labels]
    names = ["accuracy", "95% interval", *recalls, "as float", "MB", "median ms", "p95 ms"]
    for row in zip(names, *columns, strict=True):
        table.add_row(*row)
    console.print(table)
    _show_notes(benchmark, console)


def _column(figures: Figures) -> list[str]:
    recalls = [share.percent() for share in figures.recall.values()]
    return [figures.accuracy.percent(), figures.accuracy.percent_interval("-"), *recalls]


def _show_notes(benchmark: Benchmark, console: Console) -> None:
    runtimes = {result.measured.runtime for result in benchmark.results if result.measured}
    notes = [f"float: TensorFlow; the others: {', '.join(sorted(runtimes)) or 'no runtime'}"]
    notes += refusals(benchmark.results)
    notes += [f"not read: {problem}" for problem in benchmark.unreadable]
    for note in notes:
        console.print(note, highlight=False, markup=False, soft_wrap=True)
