"""Sides: the processes beside the watch (page, messages), started again when they end."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from edge.contract.condition import Condition
from edge.hand.eye_process import child_environment

DELAYS_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
# One that ran for so long has recovered.
WELL_SECONDS = 60.0
# Down for so long, or so often in a row, somebody should know.
PATIENCE_SECONDS = 10.0
END_SECONDS = 2.0


@dataclass
class _Side:
    name: str
    arguments: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started_s: float = 0.0
    due_s: float = 0.0
    failures: int = 0
    down_since_s: float | None = None
    last: str = ""


@dataclass
class Sides:
    """Keeps `commands` (name, arguments of emberwatch-edge) running, with low priority.

    None of them matters to the watch: one that is down is supervisory and no more. No call
    but `close` waits for them.
    """

    commands: Sequence[tuple[str, Sequence[str]]] = ()
    clock: Callable[[], float] = monotonic
    _sides: list[_Side] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sides = [_Side(name, arguments) for name, arguments in self.commands]

    def tick(self) -> None:
        """Start what is due, and notice what ended."""
        now = self.clock()
        for side in self._sides:
            if side.process is None:
                if now >= side.due_s:
                    self._start(side, now)
            elif (code := side.process.poll()) is not None:
                side.process = None
                self._ended(side, f"it ended with {code}", now)
            elif side.down_since_s is not None and now - side.started_s > PATIENCE_SECONDS:
                side.down_since_s = None
                if now - side.started_s > WELL_SECONDS:
                    side.failures = 0

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return which of them are down."""
        now = self.clock()
        return tuple(
            Condition(
                "supervisory",
                f"{side.name}-down",
                f"emberwatch-edge {side.name} does not run: {side.last}",
                side.down_since_s,
            )
            for side in self._sides
            if side.down_since_s is not None
            and (side.failures > 1 or now - side.down_since_s > PATIENCE_SECONDS)
        )

    def close(self) -> None:
        """Ask them to end, and end them."""
        running = [side.process for side in self._sides if side.process is not None]
        self._sides = []
        for process in running:
            process.terminate()
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
                continue
            process.kill()

    def _start(self, side: _Side, now: float) -> None:
        command = [sys.executable, "-P", "-m", "edge.hand.side", str(os.getpid()), *side.arguments]
        side.started_s = now
        try:
            side.process = subprocess.Popen(
                command,
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                start_new_session=True,
            )
        except OSError as error:
            self._ended(side, str(error.strerror), now)

    def _ended(self, side: _Side, how: str, now: float) -> None:
        if now - side.started_s > WELL_SECONDS:
            side.failures = 0
        side.due_s = now + DELAYS_SECONDS[min(side.failures, len(DELAYS_SECONDS) - 1)]
        side.failures += 1
        side.last = how
        if side.down_since_s is None:
            side.down_since_s = now
