"""Progress: one line on a terminal that counts along, and nothing elsewhere."""

from time import monotonic
from types import TracebackType
from typing import TextIO

EVERY_SECONDS = 0.2


class Progress:
    """Counts what was done; as a context manager it wipes its line at the end.

    `total` is how much there is to do, None where nobody knows.
    """

    def __init__(self, what: str, stream: TextIO, total: int | None = None) -> None:
        self._what = what
        self._stream = stream if stream.isatty() else None
        self._total = total
        self._done = 0
        self._due = monotonic()

    def step(self, _done: object = None) -> None:
        """Count one more."""
        self._done += 1
        if self._stream is not None and monotonic() >= self._due:
            self._due = monotonic() + EVERY_SECONDS
            of = "" if self._total is None else f" of {self._total}"
            self._stream.write(f"\r\x1b[K{self._what}: {self._done}{of}")
            self._stream.flush()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
