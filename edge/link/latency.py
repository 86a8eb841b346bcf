"""Latency: how long frames took, counted in steps that a graph can be drawn from."""

from bisect import bisect_left

# A camera of 1 to 30 frames a second on a Pi is told apart by these, in milliseconds.
BOUNDS_MS = (5.0, 10.0, 20.0, 35.0, 50.0, 75.0, 100.0, 150.0, 250.0, 500.0, 1000.0, 2500.0)


class Latency:
    """Counts times since the start; adding one takes next to no time and no memory."""

    def __init__(self) -> None:
        self.sum_ms = 0.0
        self._counts = [0] * (len(BOUNDS_MS) + 1)

    def add(self, milliseconds: float) -> None:
        """Count one."""
        self.sum_ms += milliseconds
        self._counts[bisect_left(BOUNDS_MS, milliseconds)] += 1

    def steps(self) -> tuple[int, ...]:
        """Return how many fell into each step: up to each of BOUNDS_MS, then above the last."""
        return tuple(self._counts)
