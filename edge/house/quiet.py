"""Quiet: keeps the same message from being sent again and again, and never the last word."""

from dataclasses import dataclass, replace

from edge.house.news import News

# A watch has some dozens of sources of trouble; more are not remembered for longer than needed.
MOST_SUBJECTS = 200


class Quiet:
    """Lets news through, of one subject at most every `seconds`; pure, `now` in seconds.

    A first message of a subject goes at once. An alarm waits for no lesser message, only for
    an alarm just told. What comes too soon is held: by the end of the time it is told if it
    is still so, and forgotten if all is again as was last told. So whoever listens ends up
    knowing how things are, and a contact that rattles gives one message and not a thousand.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._subjects: dict[str, _Subject] = {}

    @property
    def holding(self) -> bool:
        """Say whether something waits for its time."""
        return any(subject.held is not None for subject in self._subjects.values())

    def admit(self, news: News, now: float) -> list[News]:
        """Take in one; return what is to be told now."""
        subject = self._subjects.setdefault(news.subject, _Subject())
        if now >= subject.due(news, self._seconds):
            return [subject.tell(news, now)]
        subject.passed += 1
        subject.held = None if news.kind == subject.kind else news
        return []

    def tick(self, now: float) -> list[News]:
        """Return what was held and is due now."""
        told = []
        for subject in self._subjects.values():
            held = subject.held
            if held is not None and now >= subject.due(held, self._seconds):
                subject.passed -= 1  # the held one itself
                told.append(subject.tell(held, now))
        if len(self._subjects) > MOST_SUBJECTS:
            self._forget(now)
        return told

    def _forget(self, now: float) -> None:
        """Forget subjects that would be told at once anyway."""
        for name, subject in list(self._subjects.items()):
            if subject.held is None and now >= (subject.at or 0.0) + self._seconds:
                del self._subjects[name]


@dataclass
class _Subject:
    """What was last told of one subject and when, and what came since."""

    kind: str = ""
    at: float | None = None
    alarm_at: float | None = None
    held: News | None = None
    passed: int = 0

    def due(self, news: News, seconds: float) -> float:
        before = self.alarm_at if news.kind == "alarm" else self.at
        return float("-inf") if before is None else before + seconds

    def tell(self, news: News, now: float) -> News:
        told = replace(news, repeats=self.passed)
        self.kind, self.at, self.held, self.passed = news.kind, now, None, 0
        if news.kind == "alarm":
            self.alarm_at = now
        return told
