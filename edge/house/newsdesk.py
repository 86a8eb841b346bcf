"""Newsdesk: compares states of the watch, and says what is news."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from edge.house.news import News
from edge.link.snapshot import Snapshot
from edge.store.event import Event

# A house that lost the hand says so under this name.
SILENT = "watch-silent"
WORTH_SAYING = 0.1
SIGNALS = ("trouble", "supervisory")


@dataclass(frozen=True)
class Known:
    """What has been told: the level, the (signal, source) that hold, and the newest event.

    It survives a restart, so that what was told is not told again.
    """

    level: str = "clear"
    held: frozenset[tuple[str, str]] = frozenset()
    event: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {"level": self.level, "held": sorted(map(list, self.held)), "event": self.event}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Known":
        """Read what `to_json` gave.

        Raises:
            TypeError, ValueError, LookupError: it is not that.
        """
        held = frozenset((str(signal), str(source)) for signal, source in data["held"])
        return cls(str(data["level"]), held, int(data["event"]))


class Newsdesk:
    """Says what is new in each state, measured against what it knows.

    It has no clock and does no I/O. It starts from `known`, or from a watch in which all is
    well, so that an alarm that is on at the start is told.
    """

    def __init__(self, known: Known | None = None) -> None:
        self.known = known or Known()
        self._silenced = False

    def take(self, now: Snapshot) -> list[News]:
        """Take in a state; return what is new in it, the level first."""
        told = self._level(now) + self._conditions(now)
        held = frozenset((notice.signal, notice.source) for notice in now.notices)
        # A hand that has just started has not counted its events yet.
        self.known = Known(now.level, held, max(self.known.event, now.last_event))
        self._silenced = now.silenced
        return told

    def lost(self, at: str, problem: str) -> list[News]:
        """Take in that the watch does not answer; it is a trouble, told once."""
        key = ("trouble", SILENT)
        if key in self.known.held:
            return []
        self.known = Known(self.known.level, self.known.held | {key}, self.known.event)
        return [News("trouble", at, problem, SILENT, self.known.event)]

    def catch_up(self, events: Iterable[Event]) -> list[News]:
        """Take in what the log says of the time in which nobody listened."""
        told = []
        for event in events:
            if event.number <= self.known.event:
                continue
            news = _of_event(event)
            level, held = self.known.level, self.known.held
            if news is not None:
                told.append(news)
                level, held = _after(news, level, held)
            self.known = Known(level, held, event.number)
        return told

    def _level(self, now: Snapshot) -> list[News]:
        was, told = self.known.level, []
        again = now.level == "alarm" and was == "alarm" and self._silenced and not now.silenced
        if was == "alarm" and now.level != "alarm":
            told.append(_news("cleared", now, "the alarm is over"))
        if was == "pre-alarm" and now.level == "clear":
            told.append(_news("pre-alarm-cleared", now, "the suspicion is over"))
        if now.level == "alarm" and (was != "alarm" or (again and now.sounding)):
            words = "the alarm sounds again" if again else "ALARM"
            told.append(_news("alarm", now, words + _why(now)))
        if now.level == "pre-alarm" and was != "pre-alarm":
            told.append(_news("pre-alarm", now, "something may be there" + _why(now)))
        return told

    def _conditions(self, now: Snapshot) -> list[News]:
        told, here = [], set()
        for notice in now.notices:
            key = (notice.signal, notice.source)
            here.add(key)
            if key not in self.known.held and notice.signal in SIGNALS:
                kind: Any = notice.signal
                told.append(_news(kind, now, notice.problem, notice.source, notice.since))
        for signal, source in sorted(self.known.held - here):
            gone: Any = f"{signal}-cleared"
            told.append(_news(gone, now, f"over: {source}", source))
        return told


def _news(kind: Any, now: Snapshot, text: str, source: str = "", at: str = "") -> News:
    return News(
        kind,
        at or now.at,
        text,
        source,
        now.last_event,
        now.hazard,
        now.where if kind == "alarm" else None,
        now.simulated_gpio,
    )


def _why(now: Snapshot) -> str:
    best = sorted(now.scores.items(), key=lambda item: -item[1])[:2]
    scores = ", ".join(f"{name} {score:.2f}" for name, score in best if score >= WORTH_SAYING)
    place = f" in {now.where}" if now.where and now.level == "alarm" else ""
    return place + (f": {scores}" if scores else "")


def _of_event(event: Event) -> News | None:
    at, source = event.at.isoformat(), str(event.detail.get("source", ""))
    kind: Any = None
    text = str(event.detail.get("problem", ""))
    if event.kind == "state_changed":
        before, after = event.detail.get("from"), event.detail.get("to")
        if after == "alarm":
            kind, text = "alarm", "ALARM"
        elif before == "alarm":
            kind, text = "cleared", "the alarm is over"
        elif after == "pre-alarm":
            kind, text = "pre-alarm", "something may be there"
        elif before == "pre-alarm":
            kind, text = "pre-alarm-cleared", "the suspicion is over"
    elif event.kind in SIGNALS:
        kind = event.kind
    elif event.kind in ("trouble_cleared", "supervisory_cleared"):
        kind, text = event.kind.replace("_", "-"), f"over: {source}"
    if kind is None:
        return None
    where = event.detail.get("where") if kind == "alarm" else None
    return News(kind, at, text, source, event.number, event.hazard, where, from_log=True)


def _after(
    news: News, level: str, held: frozenset[tuple[str, str]]
) -> tuple[str, frozenset[tuple[str, str]]]:
    if news.subject == "level":
        return ("clear" if news.kind.endswith("cleared") else news.kind), held
    key = (news.kind.removesuffix("-cleared"), news.source)
    return level, held - {key} if news.kind.endswith("-cleared") else held | {key}
