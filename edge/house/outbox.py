"""Outbox: messages on their way out, never more than a bound, the least important given up."""

from collections import deque
from dataclasses import dataclass

from edge.house.news import WEIGHTS, News


@dataclass(frozen=True)
class Letter:
    """News with its number on this way out and the time it was put there, in seconds."""

    number: int
    news: News
    since_s: float


class Outbox:
    """Holds letters in the order of their numbers until they are delivered.

    Beyond `limit` the oldest of the least important is given up and counted, so no alarm is
    given up while anything lesser waits. Not for several threads at once.
    """

    def __init__(self, limit: int) -> None:
        self.given_up = 0
        self.delivered = 0
        self._limit = limit
        self._next = 0
        self._waiting: dict[int, deque[Letter]] = {
            weight: deque() for weight in sorted(set(WEIGHTS.values()))
        }

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, news: News, now: float) -> None:
        """Put news in, at the end."""
        self._waiting[news.weight].append(Letter(self._next, news, now))
        self._next += 1
        if len(self) > self._limit:
            next(queue for queue in self._waiting.values() if queue).popleft()
            self.given_up += 1

    def first(self, count: int = 1) -> list[Letter]:
        """Return the letters to be sent next, the oldest first; they stay until `done`."""
        found: list[Letter] = []
        for queue in self._waiting.values():
            found += [queue[at] for at in range(min(count, len(queue)))]
        return sorted(found, key=lambda letter: letter.number)[:count]

    def done(self, number: int) -> None:
        """Take a letter out: it has arrived. One that was given up meanwhile is let be."""
        letter = self._take(number)
        self.delivered += letter is not None

    def later(self, number: int) -> None:
        """Put a letter at the end: it was refused, and must not keep others from going."""
        letter = self._take(number)
        if letter is not None:
            self._waiting[letter.news.weight].append(
                Letter(self._next, letter.news, letter.since_s)
            )
            self._next += 1

    def _take(self, number: int) -> Letter | None:
        for queue in self._waiting.values():
            for letter in queue:
                if letter.number == number:
                    queue.remove(letter)
                    return letter
        return None
