"""Outage: says once that a receiver is away and why, and once that it is back."""

from collections.abc import Callable

# A receiver that finds a new excuse each time is not worth a line each time.
MOST_EXCUSES = 5


class Outage:
    """Keeps a journal from filling with the same line, while a receiver is away for days."""

    def __init__(self, name: str, where: str, tell: Callable[[str], object]) -> None:
        self._name = name
        self._where = where
        self._tell = tell
        self._worked = False
        self._excuses: set[str] = set()

    def failed(self, problem: str) -> None:
        """Note that an attempt failed, and why."""
        self._worked = False
        if problem not in self._excuses and len(self._excuses) < MOST_EXCUSES:
            self._excuses.add(problem)
            self._tell(f"{self._name}: {problem}; trying again")

    def worked(self) -> None:
        """Note that an attempt worked."""
        if not self._worked:
            self._tell(f"{self._name}: reached {self._where}")
        self._worked = True
        self._excuses.clear()
