"""Job: one benchmark from the pictures to its files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from converter.benchmark.timing_plan import TimingPlan
from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import Recipe
from converter.remote import RemoteEnvironment, find_environment
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.pixel_range import PixelRange

# Threads to time with where none were named, as far as there are cores; a camera has four.
DEFAULT_THREADS = (1, 2, 4)


@dataclass(frozen=True)
class Outcome:
    """A benchmark and the files that hold it."""

    benchmark: Benchmark
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Job:
    """What a benchmark of a run and one of foreign models share.

    `device` is the camera to measure on, None for this machine; with `all_runtimes` every
    environment here with another runtime is measured too. `threads` None means 1, 2 and 4, as
    far as there are cores. `out` is the folder to write to, None for the usual one.
    """

    edge_python: Path | None
    device: str | None
    all_runtimes: bool
    threads: tuple[int, ...] | None
    xnnpack: tuple[bool, ...]
    runs: int
    fresh: bool
    out: Path | None
    progress: Progress

    def measure_run(
        self, run: Path, recipes: Sequence[Recipe], test: Path | None, pictures: int, seed: int
    ) -> Outcome:
        """Measure a training run, on its test part or on a folder of other pictures.

        `pictures` and `seed` draw the calibration set of a recipe that is not converted yet.

        Raises:
            InputError: no such run or folder, or no pictures that may be used.
        """
        trained = TrainedModel.read(run)
        if test is None:
            tested = TestPictures.of_run(trained)
        else:
            tested = TestPictures.of_folder(test, trained.labels, trained)
        environments = self._environments()
        drawn = CalibrationSet.draw(trained, pictures, seed)
        conversion = Conversion(trained, environments[0], drawn, self.progress)
        setup = self._setup(tested, environments, run / FOLDER)
        benchmark = run_benchmark(conversion, recipes, setup)
        folder = self.out or self._run_folder(run, test)
        return self._write(benchmark, tested, trained.dataset.name, folder)

    def measure_foreign(
        self,
        models: Sequence[Path],
        labels: Labels,
        test: Path,
        reference: Path | None,
        fit: Fit,
        pixel_range: PixelRange | None,
    ) -> Outcome:
        """Measure model files of any origin on a folder of labelled pictures.

        Raises:
            InputError: a file or the folder is missing, or holds no pictures.
            ModelError: a file is damaged, or its classes are not those of the labels.
        """
        found = ForeignModels.read(models, labels, reference, fit, pixel_range)
        tested = TestPictures.of_folder(test, labels)
        folder = self.out or models[0].with_suffix(".benchmark")
        setup = self._setup(tested, self._environments(), folder / FOLDER)
        title = ", ".join(subject.name for subject in found.subjects)
        return self._write(found.benchmark(setup), tested, title, folder)

    def _environments(self) -> tuple[PiEnvironment, ...]:
        first = find_environment(self.edge_python, self.device)
        if not self.all_runtimes:
            return (first,)
        if self.device:
            raise InputError(
                "a camera was named and all runtimes were asked for",
                expected="one of --device and --runtimes all",
            )
        return (first, *(one for one in environments() if one.runtime != first.runtime))

    def _setup(
        self, pictures: TestPictures, environments: tuple[PiEnvironment, ...], kept: Path
    ) -> Setup:
        camera = _camera_words(environments[0])
        cores = max(DEFAULT_THREADS) if camera else usable_cores()
        plan = TimingPlan(
            threads=self.threads or tuple(n for n in DEFAULT_THREADS if n <= cores),
            xnnpack=self.xnnpack,
            runs=self.runs,
            operators=True,
            place=camera or Machine.here().words,
        )
        return Setup(
            pictures,
            environments,
            self.progress,
            plan,
            FigureStore(kept, self.fresh),
            # A camera gets its pictures in one errand.
            workers=1 if camera else usable_cores(),
            device=camera,
        )

    def _run_folder(self, run: Path, test: Path | None) -> Path:
        """Return where a run's benchmark goes.

        RUN/benchmark.json is what the gate and the report read: the run's own test part on
        the workstation, and nothing else.
        """
        other = [test.resolve().name] if test else []
        other += [re.sub(r"[^\w.@-]", "-", self.device)] if self.device else []
        return run / "-".join(["benchmark", *other]) if other else run

    def _write(
        self, benchmark: Benchmark, pictures: TestPictures, title: str, folder: Path
    ) -> Outcome:
        page = write_report(benchmark, pictures, title, folder)
        return Outcome(benchmark, (benchmark.write(folder), *write_tables(benchmark, folder), page))


def _camera_words(environment: PiEnvironment) -> str:
    """Return in words which camera this is; empty for an environment of this machine."""
    if not isinstance(environment, RemoteEnvironment):
        return ""
    told = environment.board
    name = told.get("board") or "a camera"
    return f"{name} ({environment.ssh.host}), {told.get('machine', '')}".rstrip(", ")
