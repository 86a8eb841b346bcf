"""Runs the workstation's commands as a user would: a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def emberwatch(*arguments: object, cwd: Path | None = None, **environment: str):
    """Run `emberwatch`; return the finished process with its text."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "emberwatch", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        timeout=600,
        check=False,
    )


def assert_one_clear_line(finished, code: int, *words: str) -> None:
    """Hold that a command failed with this exit code and one error line naming `words`."""
    errors = [line for line in finished.stderr.splitlines() if line.startswith("error: ")]
    assert finished.returncode == code, finished.stdout + finished.stderr
    assert len(errors) == 1, finished.stderr
    assert "Traceback" not in finished.stderr + finished.stdout
    for word in words:
        assert word in errors[0], errors[0]
