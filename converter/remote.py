"""RemoteEnvironment: a camera's own runtime, reached over ssh."""

import json
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from converter.ended_child import EndedChild
from converter.pi_environment import (
    PIXELS,
    RUNS,
    PiEnvironment,
    label_words,
    piece_words,
    predict_words,
    stopwatch_words,
)
from converter.ssh import Ssh
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
from edge.inference.pixel_range import PixelRange
from edge.inference.predictions import Predictions

COMMAND_VARIABLE = "EMBERWATCH_DEVICE_COMMAND"
CONFIG_VARIABLE = "EMBERWATCH_SSH_CONFIG"
COMMAND = "emberwatch-edge"
SCORES = "scores.npz"


class RemoteEnvironment(PiEnvironment):
    """A camera in which models are tried and measured, as PiEnvironment does it on this machine.

    Models and pictures are copied to a temporary folder there, which is removed afterwards.
    `command` is emberwatch-edge as the camera's shell would call it. Errors are the same as
    PiEnvironment's; MachineError where there is no connection, or it was cut.
    """

    def __init__(self, ssh: Ssh, command: str = COMMAND) -> None:
        super().__init__(Path(command.split(maxsplit=1)[0]))
        self.ssh = ssh
        self.command = command

    @cached_property
    def board(self) -> dict[str, Any]:
        """Return what the camera says of itself: `runtime`, `board`, `machine`, `celsius`.

        Raises:
            MachineError: no connection, or no emberwatch-edge there that is new enough.
        """
        done, _ = self._errand(["stopwatch", "--json"], {})
        try:
            record: dict[str, Any] = json.loads(done.stdout)
            record["runtime"]
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise MachineError(
                f"the emberwatch-edge on {self.ssh.host} is of another version",
                found=done.last_line() or done.stdout[:80],
                next_step="install this version there",
            ) from error
        return record

    @cached_property
    def runtime(self) -> str:
        """Return the camera's runtime and whose it is: `ai-edge-litert 2.3.0 on pi@kitchen`.

        Raises:
            MissingPackage: the camera has no runtime.
            MachineError: no connection, or no emberwatch-edge there.
        """
        name = self.board["runtime"]
        if not name:
            raise MissingPackage(
                f"{self.ssh.host} cannot run models",
                found="no TFLite runtime",
                next_step="pip install 'emberwatch-edge[litert]' there",
            )
        return f"{name} on {self.ssh.host}"

    @property
    def runtime_version(self) -> str:
        """Return the version alone, such as `2.14.0`."""
        return self.runtime.split()[1]

    @property
    def shipped_target(self) -> str | None:
        """Return the target that the camera is: by its runtime and its processor's width."""
        if not self.runtime.startswith("tflite-runtime"):
            return "trixie"
        narrow = str(self.board["machine"]).startswith(("armv6", "armv7"))
        return "bookworm32" if narrow else "bookworm64"

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
        """Score pictures on the camera, as PiEnvironment's does.

        A picture that is not there is an empty file to the camera, and a problem in the result.
        """
        names = {f"picture{at}{path.suffix}": path for at, path in enumerate(pictures)}
        listed = "".join(f"{name}\n" for name in names)
        files: dict[str, Path | bytes] = {
            **_model(model),
            "pictures.txt": listed.encode(),
            **{name: path if path.is_file() else b"" for name, path in names.items()},
        }
        words = predict_words(next(iter(files)), "pictures.txt", SCORES, threads)
        if labels is not None:
            files["labels.txt"] = labels.to_text().encode()
            words += label_words("labels.txt", fit, pixel_range)
        done, found = self._errand(words, files, [SCORES], progress)
        if done.code or SCORES not in found:
            raise self._failure(model, done)
        with TemporaryDirectory(prefix="emberwatch-") as folder:
            atomic.write_bytes(Path(folder, SCORES), found[SCORES])
            predictions = Predictions.read(Path(folder, SCORES))
        problems = tuple(
            problem.replace(name, str(path))
            for problem, (name, path) in zip(predictions.problems, names.items(), strict=True)
        )
        return replace(predictions, problems=problems, runtime=self.runtime)

    def stopwatch(
        self,
        model: Path,
        threads: Sequence[int] = (1,),
        xnnpack: Sequence[bool] = (True,),
        runs: int = RUNS,
        seconds: float = 1.0,
        progress: Callable[[], None] = lambda: None,
    ) -> str:
        """Time a model on the camera, as PiEnvironment's does; heat and throttling come with it."""
        files = _model(model)
        words = stopwatch_words(next(iter(files)), threads, xnnpack, runs, seconds)
        done, _ = self._errand(words, files, (), progress)
        if not done.stdout:
            raise self._failure(model, done)
        record = json.loads(done.stdout)
        for reading in record["readings"]:
            reading["runtime"] = self.runtime
        return json.dumps(record)

    def time_pieces(self, folder: Path, threads: int, xnnpack: bool) -> str:
        """Time each .tflite file of a folder on the camera, as PiEnvironment's does."""
        files: dict[str, Path | bytes] = {
            f"pieces/{path.name}": path for path in sorted(folder.glob("*.tflite"))
        }
        done, _ = self._errand(piece_words("pieces", threads, xnnpack), files)
        if done.code:
            raise self._failure(folder, done)
        return done.stdout

    def verify(self, bundle: Path) -> str:
        """Run a bundle's golden vectors on the camera, as PiEnvironment's does."""
        files = _model(bundle)
        done, _ = self._errand(["verify", next(iter(files)), "--json"], files)
        if done.code == ModelError.exit_code and done.said_error:
            raise GoldenMismatch(done.error)
        if done.code:
            raise self._failure(bundle, done)
        return done.stdout

    def _errand(
        self,
        words: Sequence[str],
        files: dict[str, Path | bytes],
        wanted: Sequence[str] = (),
        progress: Callable[[], None] = lambda: None,
    ) -> tuple[EndedChild, dict[str, bytes]]:
        return self.ssh.errand(f"{self.command} {shlex.join(words)}", files, wanted, progress)

    def _failure(self, model: Path, done: EndedChild) -> EmberwatchError:
        return done.failure(self.ssh.host, lambda: self.runtime, model.name)


def find_environment(edge_python: Path | None, device: str | None) -> PiEnvironment:
    """Return the camera named by `device`, else the environment of this machine.

    `device` is HOST, USER@HOST or ssh://USER@HOST:PORT, as ssh takes it. EMBERWATCH_SSH_CONFIG
    names an ssh_config(5) file to use in place of the user's own, EMBERWATCH_DEVICE_COMMAND
    where emberwatch-edge is on the camera.

    Raises:
        InputError: both were given, or no host can be called that.
        MissingPackage: no device was given, and there is no environment here.
    """
    if device is None:
        return PiEnvironment.find(edge_python)
    if edge_python is not None:
        raise InputError(
            "a camera and a Python of this machine were named", expected="one of the two"
        )
    config = os.environ.get(CONFIG_VARIABLE)
    ssh = Ssh(device, config=Path(config) if config else None)
    return RemoteEnvironment(ssh, os.environ.get(COMMAND_VARIABLE) or COMMAND)


def _model(path: Path) -> dict[str, Path | bytes]:
    if not path.is_file():
        raise InputError(f"cannot read the model {path}", found="no such file")
    return {"model" + path.suffix: path}
