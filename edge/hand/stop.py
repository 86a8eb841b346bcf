"""StopRequest: SIGTERM, Ctrl-C or a closed terminal, noted until the watch can stop cleanly."""

import os
import selectors
import signal
from types import FrameType, TracebackType
from typing import Any

# Left to kill us, any of these would leave the lines as they are: the kernel holds them.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequest:
    """Notes the first signal to stop; a second one of the same kind acts as ever.

    As a context manager it installs its handlers and puts back what was there before. A loop
    that waits on `selector` wakes when a signal comes.
    """

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self.signal: signal.Signals | None = None
        self._selector = selector
        self._before: dict[signal.Signals, Any] = {}
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def ready(self, _key: selectors.SelectorKey, _events: int) -> None:
        """Take what woke the loop out of the pipe."""
        os.read(self._woken, 4096)

    def __enter__(self) -> "StopRequest":
        self._selector.register(self._woken, selectors.EVENT_READ, self)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
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
        signal.set_wakeup_fd(-1)
        self._selector.unregister(self._woken)
        os.close(self._woken)
        os.close(self._waker)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.signal = signal.Signals(number)
        signal.signal(number, self._before[self.signal])
