"""The `benchmark` command."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.clock import environments
from converter.benchmark.figure_store import FOLDER, FigureStore
from converter.benchmark.foreign import ForeignModels
from converter.benchmark.machine import Machine, usable_cores
from converter.benchmark.measure import run_benchmark
from converter.benchmark.pictures import TestPictures
from converter.benchmark.report import write_report
from converter.benchmark.setup import Setup
from converter.benchmark.spreadsheet import write_tables
from converter.benchmark.table import show
from converter.benchmark.timing_plan import TimingPlan
from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.options import CALIBRATION, EDGE_PYTHON, SEED
from converter.pi_environment import RUNS, PiEnvironment
from converter.progress import Progress
from converter.recipes import parse_recipes
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.pixel_range import PixelRange

DEFAULT_RECIPES = "int8,float32"
DEFAULT_THREADS = (1, 2, 4)
MOST_THREADS = 64
Command = TypeVar("Command", bound=Callable[..., object])


def _threads(_ctx: object, _parameter: object, text: str | None) -> tuple[int, ...]:
    """Read a list such as `1,2`; without one, 1, 2 and 4 as far as there are cores."""
    if text is None:
        return tuple(n for n in DEFAULT_THREADS if n <= usable_cores()) or (1,)
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and 1 <= int(part) <= MOST_THREADS for part in parts):
        raise click.BadParameter(f"{text!r} is no list of numbers from 1 to 64, such as 1,2")
    return tuple(dict.fromkeys(map(int, parts)))


def _switches(_ctx: object, _parameter: object, text: str) -> tuple[bool, ...]:
    """Read a list such as `on,off`."""
    parts = [part.strip() for part in text.split(",")]
    if not set(parts) <= {"on", "off"}:
        raise click.BadParameter(f"{text!r} is none of on, off and on,off")
    return tuple(dict.fromkeys(part == "on" for part in parts))


PATH = click.Path(path_type=Path)
WHERE = (
    EDGE_PYTHON,
    click.option(
        "--runtimes",
        type=click.Choice(["first", "all"]),
        default="first",
        show_default=True,
        help="Measure in the Pi's environment, or in every one with another runtime here.",
    ),
)
TIMING = (
    click.option(
        "--threads",
        callback=_threads,
        metavar="N,N",
        help="Threads to time with. Default: 1, 2 and 4, as far as there are cores.",
    ),
    click.option(
        "--xnnpack",
        callback=_switches,
        default="on,off",
        show_default=True,
        metavar="on,off",
        help="Time with the runtime's fast CPU backend, without it, or both.",
    ),
    click.option(
        "--runs",
        type=click.IntRange(1),
        default=RUNS,
        show_default=True,
        help="Timed runs of each setting, at least.",
    ),
)
FOREIGN = (
    click.option(
        "--model", "models", type=PATH, multiple=True, help="Any .tflite classifier; repeatable."
    ),
    click.option("--labels", type=PATH, help="For --model: class names, one a line, in its order."),
    click.option(
        "--reference",
        type=PATH,
        help="For --model: the .tflite that the others are held against. Default: the largest "
        "float one, else the first.",
    ),
    click.option(
        "--fit",
        type=click.Choice(["squash", "crop"]),
        help="For --model: pictures squashed whole (the default), or their middle cut out.",
    ),
    click.option(
        "--input-mean",
        type=float,
        help="For --model: the input is (pixel - mean) / std. Default: by its input tensor.",
    ),
    click.option("--input-std", type=float, help="See --input-mean."),
)


def _with(options: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """Return a decorator that adds options in the order given."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


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
@_with(WHERE)
@_with(TIMING)
@_with((CALIBRATION, SEED))
@_with(FOREIGN)
def benchmark_command(
    run: Path | None,
    recipes: str | None,
    test: Path | None,
    out: Path | None,
    fresh: bool,
    edge_python: Path | None,
    runtimes: str,
    threads: tuple[int, ...],
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
    emberwatch benchmark --model a.tflite --model b.tflite --labels labels.txt --test pictures/

    Writes benchmark.json, benchmark.csv, flips.csv (each picture whose answer changed) and
    benchmark.html, one page with all in it: into RUN; with --test into RUN/benchmark-FOLDER;
    for --model beside the first one, NAME.benchmark. What was measured of the same model,
    pictures and runtime is kept in benchmark.kept and not measured again.
    """
    progress = Progress.on_stderr()
    where = _find_environments(edge_python, runtimes)
    plan = TimingPlan(threads, xnnpack, runs, operators=True, place=Machine.here().words)
    job = _Job(where, plan, progress, fresh, out)
    if models:
        _refuse_both(run, recipes)
        found = _pixel_range(input_mean, input_std)
        job.foreign(models, labels, test, reference, fit or "squash", found)
        return
    for name, value in (
        *(("--labels", labels), ("--reference", reference), ("--fit", fit)),
        *(("--input-mean", input_mean), ("--input-std", input_std)),
    ):
        if value is not None:
            raise InputError(f"{name} is for foreign models", next_step="name one with --model")
    if run is None:
        raise InputError(
            "nothing to measure was named", expected="a training run, or --model FILE.tflite"
        )
    job.run(run, recipes or DEFAULT_RECIPES, test, calibration, seed)


@dataclass(frozen=True)
class _Job:
    """What the two kinds of benchmark share."""

    environments: tuple[PiEnvironment, ...]
    plan: TimingPlan
    progress: Progress
    fresh: bool
    out: Path | None

    def run(self, run: Path, recipes: str, test: Path | None, calibration: int, seed: int) -> None:
        """Measure a training run."""
        wanted = parse_recipes(recipes)
        trained = TrainedModel.read(run)
        pictures = TestPictures.of_run(trained)
        folder = self.out or run
        if test is not None:
            pictures = TestPictures.of_folder(test, trained.labels, trained)
            folder = self.out or run / f"benchmark-{test.resolve().name}"
        drawn = CalibrationSet.draw(trained, calibration, seed)
        conversion = Conversion(trained, self.environments[0], drawn, self.progress)
        setup = self._setup(pictures, run / FOLDER)
        benchmark = run_benchmark(conversion, wanted, setup)
        self._write(benchmark, pictures, trained.dataset.name, folder)

    def foreign(
        self,
        models: Sequence[Path],
        labels: Path | None,
        test: Path | None,
        reference: Path | None,
        fit: Fit,
        pixel_range: PixelRange | None,
    ) -> None:
        """Measure model files of any origin."""
        if labels is None or test is None:
            raise InputError(
                "a bare model does not say what its classes are, nor which pictures are which",
                expected="--labels FILE and --test FOLDER beside --model",
            )
        names = Labels.read(labels)
        found = ForeignModels.read(models, names, reference, fit, pixel_range)
        pictures = TestPictures.of_folder(test, names)
        folder = self.out or models[0].with_suffix(".benchmark")
        benchmark = found.benchmark(self._setup(pictures, folder / FOLDER))
        title = ", ".join(subject.name for subject in found.subjects)
        self._write(benchmark, pictures, title, folder)

    def _setup(self, pictures: TestPictures, kept: Path) -> Setup:
        store = FigureStore(kept, self.fresh)
        return Setup(pictures, self.environments, self.progress, self.plan, store)

    def _write(
        self, benchmark: Benchmark, pictures: TestPictures, title: str, folder: Path
    ) -> None:
        written = [benchmark.write(folder), *write_tables(benchmark, folder)]
        written.append(write_report(benchmark, pictures, title, folder))
        show(benchmark, Console())
        for path in written:
            click.echo(path)


def _find_environments(edge_python: Path | None, runtimes: str) -> tuple[PiEnvironment, ...]:
    first = PiEnvironment.find(edge_python)
    if runtimes == "first":
        return (first,)
    others = [one for one in environments() if one.runtime != first.runtime]
    return (first, *others)


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
