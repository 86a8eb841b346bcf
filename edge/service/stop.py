"""StopRequest: SIGTERM, Ctrl-C or a closed terminal, noted until the watch can stop cleanly."""

import signal
from time import monotonic, sleep
from types import FrameType, TracebackType
from typing import Any

# Waiting goes on in slices, because a handler that only sets a flag cannot cut a sleep short.
SLICE_SECONDS = 0.05
# Left to kill us, any of these would leave the lines as they are: the kernel holds them.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequest:
    """Notes the first signal to stop; a second one of the same kind acts as ever.

    As a context manager it installs its handlers and puts back what was there before.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._before: dict[signal.Signals, Any] = {}

    @property
    def requested(self) -> bool:
        """Say whether a signal came."""
        return self.signal is not None

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until a signal comes."""
        end = monotonic() + seconds
        while not self.requested and (left := end - monotonic()) > 0:
            sleep(min(left, SLICE_SECONDS))

    def __enter__(self) -> "StopRequest":
        for number in SIGNALS:
            # `nohup` and a shell's `&` ask for a signal to be ignored, and so it stays.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.signal = signal.Signals(number)
        signal.signal(number, self._before[self.signal])
