"""EndedChild: how a process of the Pi's environment ended, and the error that stands for it."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from edge.contract.errors import (
    EmberwatchError,
    InputError,
    MachineError,
    ModelError,
    ModelRefused,
)


@dataclass(frozen=True)
class EndedChild:
    """A process's exit code (negative: the signal that killed it) and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def said_error(self) -> bool:
        """Say whether it ended with an error line of ours."""
        return self.last_line().startswith("error: ")

    @property
    def error(self) -> str:
        """Return that line without its first word."""
        return self.last_line().removeprefix("error: ")

    def last_line(self) -> str:
        """Return its last error line, else the last line that it printed at all."""
        lines = [line.strip().lstrip(".") for line in self.stderr.splitlines()]
        errors = [line for line in lines if line.startswith("error: ")]
        filled = [line for line in lines if line]
        return (errors or filled or [""])[-1]

    def failure(self, where: str, runtime: Callable[[], str], model: str) -> EmberwatchError:
        """Return the error for a model that it failed on; `where` names what was run."""
        if self.code < 0:
            return ModelRefused(
                f"{runtime()} crashed on {model}",
                found=signal.Signals(-self.code).name,
                next_step="convert it with --recipe int8, or use another runtime on the Pi",
            )
        if not self.said_error:
            return MachineError(
                f"{where} failed with exit code {self.code}", found=self.last_line()
            )
        return error_of(self.code)(self.error)


def error_of(code: int) -> type[EmberwatchError]:
    """Return the class of an error that a model met, by its exit code."""
    kinds: tuple[type[EmberwatchError], ...] = (InputError, ModelRefused, MachineError)
    return next((kind for kind in kinds if kind.exit_code == code), ModelError)


def read_dots(stream: IO[bytes] | None, progress: Callable[[], None]) -> str:
    """Read all of a stream; report each dot of a run of dots that begins a line."""
    text, in_run = bytearray(), True
    while stream is not None and (byte := stream.read(1)):
        if byte == b"." and in_run:
            progress()
        else:
            in_run = byte == b"\n"
        text += byte
    return text.decode("utf-8", "replace")
