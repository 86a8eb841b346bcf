"""PiEnvironment: the Python of the camera, run as a child process on the workstation."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from converter.ended_child import EndedChild, read_dots
from edge.contract import atomic
from edge.contract.errors import (
    EmberwatchError,
    GoldenMismatch,
    InputError,
    MachineError,
    MissingPackage,
    ModelError,
)
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.interpreter import installed_runtimes
from edge.inference.pixel_range import PixelRange
from edge.inference.predictions import Predictions

# As many timed runs as TensorFlow's benchmark_model takes.
RUNS = 50
VARIABLE = "EMBERWATCH_EDGE_PYTHON"
# Our own models take the pixels as they are.
PIXELS = PixelRange(0.0, 1.0)
# Beside the workstation's environment, as make lays them out; the first that is there.
NEIGHBOURS = ("edge", "edge-litert")
DESCRIBE = """
from importlib.metadata import version
from edge.inference.interpreter import installed_runtimes
names = installed_runtimes()
print(f"{names[0]} {version(names[0])}" if names else "")
"""


class PiEnvironment:
    """A Python with `edge` and a TFLite runtime, in which models are tried and measured.

    `variables` are added to the environment of its processes, for tests.
    """

    def __init__(self, python: Path, variables: Mapping[str, str] | None = None) -> None:
        self.python = python
        self._variables = dict(variables or {})

    @classmethod
    def find(
        cls, given: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> "PiEnvironment":
        """Return the environment given, else by the variable, else the workstation's neighbour.

        Where there is none, this very Python stands in if it has a runtime.

        Raises:
            MissingPackage: none was found, or the one that was named is not there.
        """
        named = given or _path(os.environ.get(VARIABLE))
        if named is not None:
            if not os.access(named, os.X_OK):
                raise MissingPackage(
                    f"{named} is no Python to run",
                    expected="the Python of the Pi's environment",
                    next_step=f"correct --edge-python or {VARIABLE}; make test makes .venv/edge",
                )
            return cls(named, variables)
        for name in NEIGHBOURS:
            python = Path(sys.prefix).parent / name / "bin" / "python"
            if python.exists():
                return cls(python, variables)
        if installed_runtimes():
            return cls(Path(sys.executable), variables)
        raise MissingPackage(
            "there is no environment with the Pi's runtime here",
            expected="a Python with emberwatch-edge and a TFLite runtime",
            next_step="run make test once, or name one with --edge-python",
        )

    @cached_property
    def runtime(self) -> str:
        """Return the runtime's name and version there, such as `tflite-runtime 2.14.0`.

        Raises:
            MissingPackage: the environment has no runtime, or no `edge`.
        """
        done = self._run(["-P", "-c", DESCRIBE], lambda: None)
        name = done.stdout.strip()
        if done.code or not name:
            raise MissingPackage(
                f"{self.python} cannot run models",
                found=done.last_line() or "no TFLite runtime",
                expected="emberwatch-edge with a TFLite runtime",
                next_step="make test makes such an environment; --edge-python names another",
            )
        return name

    @property
    def runtime_version(self) -> str:
        """Return the version alone, such as `2.14.0`."""
        return self.runtime.rpartition(" ")[2]

    @property
    def shipped_target(self) -> str | None:
        """Return the target whose shipped profile stands for it; None: its runtime is asked."""
        return None

    def predict(
        self,
        model: Path,
        pictures: Sequence[Path],
        labels: Labels | None = None,
        fit: Fit = "squash",
        threads: int = 1,
        progress: Callable[[], None] = lambda: None,
        pixel_range: PixelRange | None = PIXELS,
    ) -> Predictions:
        """Score pictures with a model file (with `labels`) or a bundle, one at a time.

        `pixel_range` is what a model file's input wants the pixels to be; None lets the input
        tensor say it.

        Raises:
            ModelRefused: the runtime does not take the model, or crashed on it.
            InputError: the model and the labels do not fit.
        """
        with tempfile.TemporaryDirectory(prefix="emberwatch-") as folder:
            listed, out = Path(folder, "pictures.txt"), Path(folder, "scores.npz")
            names = "".join(f"{_one_line(path.absolute())}\n" for path in pictures)
            atomic.write_text(listed, names)
            words = predict_words(str(model.absolute()), str(listed), str(out), threads)
            if labels is not None:
                atomic.write_text(Path(folder, "labels.txt"), labels.to_text())
                words += label_words(str(Path(folder, "labels.txt")), fit, pixel_range)
            done = self._run(["-P", "-m", "edge", *words], progress)
            if done.code:
                raise self._failure(model, done)
            return Predictions.read(out)

    def stopwatch(
        self,
        model: Path,
        threads: Sequence[int] = (1,),
        xnnpack: Sequence[bool] = (True,),
        runs: int = RUNS,
        seconds: float = 1.0,
        progress: Callable[[], None] = lambda: None,
    ) -> str:
        """Time a model file or a bundle by each setting; return the stopwatch's JSON.

        Timed are at least `runs` runs and so many `seconds`, for each setting; `progress` is
        called after each. What failed stands in the JSON.

        Raises:
            InputError: no such file.
            MachineError: the stopwatch itself cannot be run there.
        """
        words = stopwatch_words(str(model.absolute()), threads, xnnpack, runs, seconds)
        done = self._run(["-P", "-m", "edge", *words], progress)
        if not done.stdout:
            raise self._failure(model, done)
        return done.stdout

    def time_pieces(self, folder: Path, threads: int, xnnpack: bool) -> str:
        """Time each .tflite file of a folder alone; return milliseconds by name, as JSON.

        Where a text stands in place of the time, the runtime refused the piece or crashed.

        Raises:
            MachineError: the stopwatch cannot be run there.
        """
        words = piece_words(str(folder.absolute()), threads, xnnpack)
        done = self._run(["-P", "-m", "edge", *words], lambda: None)
        if done.code:
            raise self._failure(folder, done)
        return done.stdout

    def verify(self, bundle: Path) -> str:
        """Run a bundle's golden vectors there; return the report as JSON.

        Raises:
            GoldenMismatch: one of them does not come out.
        """
        arguments = ["-P", "-m", "edge", "verify", str(bundle.absolute()), "--json"]
        done = self._run(arguments, lambda: None)
        if done.code == ModelError.exit_code and done.said_error:
            raise GoldenMismatch(done.error)
        if done.code:
            raise self._failure(bundle, done)
        return done.stdout

    def _run(self, arguments: Sequence[str], progress: Callable[[], None]) -> EndedChild:
        environment = os.environ | self._variables
        # What points the workstation's Python elsewhere has no business in the Pi's.
        for name in ("PYTHONPATH", "PYTHONHOME"):
            environment.pop(name, None)
        try:
            with (
                tempfile.TemporaryFile() as output,
                subprocess.Popen(
                    [str(self.python), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.PIPE,
                    env=environment,
                ) as child,
            ):
                try:
                    printed = read_dots(child.stderr, progress)
                    child.wait()
                except BaseException:
                    child.kill()
                    raise
                output.seek(0)
                return EndedChild(
                    child.returncode, output.read().decode("utf-8", "replace"), printed
                )
        except OSError as error:
            raise MachineError(f"cannot run {self.python}: {error.strerror or error}") from error

    def _failure(self, model: Path, done: EndedChild) -> EmberwatchError:
        return done.failure(str(self.python), lambda: self.runtime, model.name)


def predict_words(model: str, listed: str, out: str, threads: int) -> list[str]:
    """Return the words after `emberwatch-edge` that score pictures."""
    words = ["predict", model, "--progress", "--pictures", listed, "--out", out]
    return [*words, "--threads", str(threads)]


def label_words(labels: str, fit: Fit, pixel_range: PixelRange | None) -> list[str]:
    """Return the further words for a bare model file."""
    words = ["--labels", labels, "--fit", fit]
    if pixel_range is not None:
        words += ["--input-mean", str(pixel_range.mean), "--input-std", str(pixel_range.std)]
    return words


def stopwatch_words(
    model: str, threads: Sequence[int], xnnpack: Sequence[bool], runs: int, seconds: float
) -> list[str]:
    """Return the words after `emberwatch-edge` that time a model by each setting."""
    words = ["stopwatch", model, "--json", "--progress", "--runs", str(runs)]
    words += ["--seconds", str(seconds), "--threads", ",".join(map(str, threads))]
    return [*words, "--xnnpack", ",".join("on" if on else "off" for on in xnnpack)]


def piece_words(folder: str, threads: int, xnnpack: bool) -> list[str]:
    """Return the words after `emberwatch-edge` that time small models, a moment each."""
    words = ["stopwatch", "--pieces", folder, "--threads", str(threads)]
    words += ["--xnnpack", "on" if xnnpack else "off", "--runs", "20", "--seconds", "0.05"]
    return [*words, "--warm-up-seconds", "0.02", "--max-seconds", "1"]


def _one_line(path: Path) -> Path:
    if "\n" in str(path):
        raise InputError("a picture's path holds a line break", found=repr(str(path)))
    return path


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
