"""Retries: when to start the eye again, and with which model; pure."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from edge.contract.condition import Condition

# Seconds before the first, second, ... start in a row; the last for all that follow.
DELAYS_SECONDS = (0.1, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# So many failures within so many seconds are no chance: the model is not to be trusted here.
MOST_FAILURES = 3
WITHIN_SECONDS = 600.0
# An eye that saw for this long has recovered: its next failure is a first one again.
WELL_SECONDS = 60.0
# An eye opens its camera anew by itself. What that cannot cure, a new process may: memory that
# is short, a driver's state. The first one comes after so long, later ones ever more rarely.
LOST_SECONDS = 30.0
MOST_LOST_SECONDS = 900.0


class Retries:
    """Says when the next start is due and which bundle it takes.

    `bundles` are the one that was asked for and those to fall back to. When the last of them
    fails as well, starts become slow and take each in turn: one of them may work again.
    """

    def __init__(self, bundles: Sequence[Path]) -> None:
        self.due_s: float | None = None
        self._bundles = tuple(bundles)
        self._at = 0
        self._in_a_row = 0
        self._failures: deque[float] = deque(maxlen=MOST_FAILURES)
        self._well_since_s: float | None = None
        self._exhausted = False

    @property
    def bundle(self) -> Path:
        """Return the bundle for the next start."""
        return self._bundles[self._at]

    @property
    def lost_seconds(self) -> float:
        """Return how long an eye may have nothing but lost frames before another one tries."""
        return min(LOST_SECONDS * 2.0**self._in_a_row, MOST_LOST_SECONDS)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return what a person should know."""
        if self._exhausted:
            problem = "the eye fails again and again; it is started anew once a minute"
            return (Condition("trouble", "crash-loop", problem),)
        if self._at:
            problem = f"{self._bundles[0].name} failed again and again; {self.bundle.name} runs"
            return (Condition("supervisory", "model-fallback", problem),)
        return ()

    def failed(self, now: float, *, blames_model: bool) -> None:
        """Note that the eye failed; a camera's own failure says nothing against the model."""
        delay = DELAYS_SECONDS[min(self._in_a_row, len(DELAYS_SECONDS) - 1)]
        self._in_a_row += 1
        self._well_since_s = None
        if blames_model:
            self._failures.append(now)
            many = len(self._failures) == MOST_FAILURES
            if self._exhausted or (many and now - self._failures[0] <= WITHIN_SECONDS):
                self._next_bundle()
        if self._exhausted:
            delay = DELAYS_SECONDS[-1]
        self.due_s = now + delay

    def started(self) -> None:
        """Note that the eye was started."""
        self.due_s = None

    def saw(self, now: float) -> None:
        """Note that the eye judged a frame."""
        if self._well_since_s is None:
            self._well_since_s = now
        if self._in_a_row and now - self._well_since_s >= WELL_SECONDS:
            self._in_a_row = 0
            self._exhausted = False

    def _next_bundle(self) -> None:
        self._exhausted = self._exhausted or self._at == len(self._bundles) - 1
        self._at = (self._at + 1) % len(self._bundles)
        self._failures.clear()
