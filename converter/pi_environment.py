"""PiEnvironment: the Python of the camera, run as a child process on the workstation."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO

from edge.contract import atomic
from edge.contract.errors import (
    EmberwatchError,
    GoldenMismatch,
    InputError,
    MachineError,
    MissingPackage,
    ModelError,
    ModelRefused,
)
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.interpreter import installed_runtimes
from edge.inference.pixel_range import PixelRange
from edge.inference.predictions import Predictions

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
            arguments = ["-P", "-m", "edge", "predict", str(model.absolute()), "--progress"]
            arguments += ["--pictures", str(listed), "--out", str(out), "--threads", str(threads)]
            if labels is not None:
                atomic.write_text(Path(folder, "labels.txt"), labels.to_text())
                arguments += ["--labels", str(Path(folder, "labels.txt")), "--fit", fit]
            if labels is not None and pixel_range is not None:
                arguments += ["--input-mean", str(pixel_range.mean)]
                arguments += ["--input-std", str(pixel_range.std)]
            done = self._run(arguments, progress)
            if done.code:
                raise self._failure(model, done)
            return Predictions.read(out)

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

    def _run(self, arguments: Sequence[str], progress: Callable[[], None]) -> "_Done":
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
                    printed = _read_dots(child.stderr, progress)
                    child.wait()
                except BaseException:
                    child.kill()
                    raise
                output.seek(0)
                return _Done(child.returncode, output.read().decode("utf-8", "replace"), printed)
        except OSError as error:
            raise MachineError(f"cannot run {self.python}: {error.strerror or error}") from error

    def _failure(self, model: Path, done: "_Done") -> EmberwatchError:
        if done.code < 0:
            return ModelRefused(
                f"{self.runtime} crashed on {model.name}",
                found=signal.Signals(-done.code).name,
                next_step="convert it with --recipe int8, or use another runtime on the Pi",
            )
        if not done.said_error:
            return MachineError(
                f"{self.python} failed with exit code {done.code}", found=done.last_line()
            )
        kinds: tuple[type[EmberwatchError], ...] = (InputError, ModelRefused, MachineError)
        kind = next((kind for kind in kinds if kind.exit_code == done.code), ModelError)
        return kind(done.error)


class _Done:
    """How a child process ended."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def said_error(self) -> bool:
        return self.last_line().startswith("error: ")

    @property
    def error(self) -> str:
        return self.last_line().removeprefix("error: ")

    def last_line(self) -> str:
        lines = [line.strip().lstrip(".") for line in self.stderr.splitlines()]
        errors = [line for line in lines if line.startswith("error: ")]
        filled = [line for line in lines if line]
        return (errors or filled or [""])[-1]


def _read_dots(stream: IO[bytes] | None, progress: Callable[[], None]) -> str:
    """Read all of a stream; report each dot of a run of dots that begins a line."""
    text, in_run = bytearray(), True
    while stream is not None and (byte := stream.read(1)):
        if byte == b"." and in_run:
            progress()
        else:
            in_run = byte == b"\n"
        text += byte
    return text.decode("utf-8", "replace")


def _one_line(path: Path) -> Path:
    if "\n" in str(path):
        raise InputError("a picture's path holds a line break", found=repr(str(path)))
    return path


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
