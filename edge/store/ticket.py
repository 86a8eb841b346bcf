"""Ticket: a promise that something will be on the disk, and word of it when it is."""

from threading import Event as Flag


class Ticket:
    """Says how a request to the scribe went; made by it, read by whoever asked.

    `number` is the event's number in the log, 0 while there is none. `problem` says why it
    was given up, for good; a disk that fails only delays, and the scribe's conditions say so.
    """

    def __init__(self) -> None:
        self.number = 0
        self.problem: str | None = None
        self._settled = Flag()
        self._others: list[Ticket] = []

    @property
    def done(self) -> bool:
        """Say whether it is settled: on the disk, or given up."""
        return self._settled.is_set()

    @property
    def durable(self) -> bool:
        """Say whether it is on the disk."""
        return self.done and self.problem is None

    def wait(self, timeout_s: float) -> bool:
        """Wait for it to settle, for tests and for the end of a watch; say whether it did."""
        return self._settled.wait(timeout_s)

    def settle(self, number: int = 0, problem: str | None = None) -> None:
        """Note how it went (the scribe's part)."""
        self.number, self.problem = number, problem
        self._settled.set()
        for other in self._others:
            other.settle(number, problem)

    def also(self, other: "Ticket") -> None:
        """Settle another one with this: what it promised is part of what this one does."""
        self._others.append(other)
