"""The `benchmark` command."""

from pathlib import Path

import click
from rich.console import Console

from converter.benchmark.job import Job
from converter.benchmark.options import CONVERSION, FOREIGN, PATH, TIMING, WHERE, with_options
from converter.benchmark.table import show
from converter.progress import Progress
from converter.recipes import parse_recipes
from edge.contract.errors import InputError
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.pixel_range import PixelRange

DEFAULT_RECIPES = "int8,float32"


@click.command("benchmark")
@click.argument("run", type=PATH, required=False)
@click.option(
    "--recipes",
    help="Which, with commas between: names, recipe files, or all; those not converted yet "
    f"are. Default: {DEFAULT_RECIPES}.",
)
@click.option(
    "--test",
    type=PATH,
    help="Measure on this folder, a sub-folder for each class, not on the run's test part. "
    "Pictures that the run was trained or chosen on are left out, told by their content.",
)
@click.option("--out", type=PATH, help="Where the files go. Default: the run's folder.")
@click.option("--fresh", is_flag=True, help="Measure again what was kept from before.")
@with_options(WHERE)
@with_options(TIMING)
@with_options(CONVERSION)
@with_options(FOREIGN)
def benchmark_command(
    run: Path | None,
    recipes: str | None,
    test: Path | None,
    out: Path | None,
    fresh: bool,
    edge_python: Path | None,
    runtimes: str,
    device: str | None,
    threads: tuple[int, ...] | None,
    xnnpack: tuple[bool, ...],
    runs: int,
    calibration: int,
    seed: int,
    models: tuple[Path, ...],
    labels: Path | None,
    reference: Path | None,
    fit: Fit | None,
    input_mean: float | None,
    input_std: float | None,
) -> None:
    """Measure what quantising cost, picture by picture, and what it bought.

    RUN is a training run: its float model is run by TensorFlow, each recipe by the Pi's own
    runtime, on the same input tensors. Accuracy comes with its 95% interval, and McNemar's
    exact test says whether a loss is real. Then each model is timed alone on the machine:
    compare models by that, not machines.

    \b
    emberwatch benchmark runs/fire
    emberwatch benchmark runs/fire --recipes all --runtimes all --threads 1,2
    emberwatch benchmark runs/fire --test new-pictures/
    emberwatch benchmark runs/fire --device pi@kitchen
    emberwatch benchmark --model a.tflite --model b.tflite --labels labels.txt --test pictures/

    Writes benchmark.json, benchmark.csv, flips.csv (each picture whose answer changed) and
    benchmark.html, one page with all in it: into RUN; with --test or --device into
    RUN/benchmark-NAME; for --model beside the first one, NAME.benchmark. What was measured
    of the same model, pictures and runtime is kept in benchmark.kept and not measured again.
    """
    job = Job(
        *(edge_python, device, runtimes == "all", threads, xnnpack, runs, fresh, out),
        progress=Progress.on_stderr(),
    )
    if models:
        _refuse_both(run, recipes)
        if labels is None or test is None:
            raise InputError(
                "a bare model does not say what its classes are, nor which pictures are which",
                expected="--labels FILE and --test FOLDER beside --model",
            )
        pixel_range = _pixel_range(input_mean, input_std)
        names = Labels.read(labels)
        found = job.measure_foreign(models, names, test, reference, fit or "squash", pixel_range)
    else:
        _refuse_foreign(labels, reference, fit, input_mean, input_std)
        if run is None:
            raise InputError(
                "nothing to measure was named", expected="a training run, or --model FILE.tflite"
            )
        wanted = parse_recipes(recipes or DEFAULT_RECIPES)
        found = job.measure_run(run, wanted, test, calibration, seed)
    show(found.benchmark, Console())
    for path in found.files:
        click.echo(path)


def _refuse_foreign(*values: object) -> None:
    names = ("--labels", "--reference", "--fit", "--input-mean", "--input-std")
    for name, value in zip(names, values, strict=True):
        if value is not None:
            raise InputError(f"{name} is for foreign models", next_step="name one with --model")


def _refuse_both(run: Path | None, recipes: str | None) -> None:
    if run is not None or recipes is not None:
        raise InputError(
            "a run and foreign models cannot be measured at once",
            found="RUN or --recipes beside --model",
            next_step="name the run's .tflite files with --model too",
        )


def _pixel_range(mean: float | None, std: float | None) -> PixelRange | None:
    if mean is None and std is None:
        return None
    return PixelRange(0.0 if mean is None else mean, 1.0 if std is None else std)
