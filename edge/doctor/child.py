"""Child: one of our own commands in a process of its own, with a deadline."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, negative for a signal, None past the deadline."""

    code: int | None
    said: str
    error: str

    @property
    def record(self) -> dict[str, Any]:
        """Return the JSON object that it printed; empty for none."""
        try:
            read = json.loads(self.said)
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def ended_by(self) -> str:
        """Return the signal that ended it; empty for none."""
        if self.code is None or self.code >= 0:
            return ""
        try:
            return signal.Signals(-self.code).name
        except ValueError:
            return f"signal {-self.code}"

    @property
    def problem(self) -> str:
        """Return its last word on standard error."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return (told or lines or ["it said nothing"])[-1]


def run_apart(arguments: Sequence[str], seconds: float) -> Outcome:
    """Run `emberwatch-edge` with arguments; whatever it started is killed at the deadline."""
    # In a session of its own: what hangs in a driver must not take us with it.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "edge", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        said, error = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, error = _rest(process)
        return Outcome(None, said, error)
    return Outcome(process.returncode, said, error)


def _rest(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Return what a killed process had said; one that a driver holds is left behind."""
    try:
        return process.communicate(timeout=2.0)
    except subprocess.TimeoutExpired:
        return "", ""
