"""NativeOutput: what TensorFlow prints, from C++ and from Python, held back."""

import io
import os
import sys
import tempfile
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from types import TracebackType
from typing import IO, Self


class NativeOutput:
    """Sends descriptors 1 and 2 to a temporary file while it is open.

    TensorFlow and the TFLite runtimes print from C++ what no Python setting stops. what Python
    itself prints goes the same way.
    """

    def __init__(self) -> None:
        self._kept: dict[int, int] = {}
        self._file: IO[bytes] | None = None
        self._printed = io.StringIO()
        self._python = ExitStack()

    def __enter__(self) -> Self:
        self._file = tempfile.TemporaryFile()
        _flush()
        for descriptor in (1, 2):
            self._kept[descriptor] = os.dup(descriptor)
            os.dup2(self._file.fileno(), descriptor)
        self._python.enter_context(redirect_stdout(self._printed))
        self._python.enter_context(redirect_stderr(self._printed))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._python.close()
        _flush()
        for descriptor, kept in self._kept.items():
            os.dup2(kept, descriptor)
            os.close(kept)
        if self._file:
            self._file.close()

    def last_line(self) -> str:
        """Return the last line that was printed so far, or an empty one."""
        if not self._file:
            return ""
        self._file.seek(0)
        lines = self._file.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
