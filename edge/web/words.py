"""Words: the watch's state as a sentence, for people who look at a phone at night."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from edge.link.snapshot import Snapshot
from edge.web.hub import Seen

Tone = Literal["well", "notice", "warning", "trouble", "alarm"]
DEGREE = "\N{DEGREE SIGN}"
# A live picture older than this is not live: the page says how old it is.
OLD_PICTURE_SECONDS = 5.0


@dataclass(frozen=True)
class NoticeWords:
    """One trouble or supervisory signal; `since` is ISO 8601."""

    signal: str
    problem: str
    since: str


@dataclass(frozen=True)
class Words:
    """What the page says of the state: a headline, a sentence, the notices, the facts.

    `tone` chooses the colour. `facts` are pairs of a name and a value. `can` names the
    buttons that make sense now.
    """

    tone: Tone
    headline: str
    sentence: str
    notices: tuple[NoticeWords, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    can: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {**vars(self), "notices": [vars(notice) for notice in self.notices]}


def words_of(seen: Seen) -> Words:
    """Say what is known now; what is not known is never said to be well."""
    if seen.problem is not None or seen.snapshot is None:
        sentence = seen.problem or "The watch has not answered yet."
        return Words("trouble", "No answer from the watch", sentence)
    snapshot = seen.snapshot
    tone, headline, sentence = _state(snapshot)
    if snapshot.testing:
        headline, sentence = f"Test running. {headline}", f"The outputs are tested. {sentence}"
        tone = "notice" if tone == "well" else tone
    notices = tuple(
        NoticeWords(notice.signal, notice.problem, notice.since)
        for notice in sorted(snapshot.notices, key=lambda one: one.signal != "trouble")
    )
    return Words(tone, headline, sentence, notices, _facts(snapshot), _buttons(snapshot))


def _state(snapshot: Snapshot) -> tuple[Tone, str, str]:
    blind = any(notice.signal == "trouble" for notice in snapshot.notices)
    if snapshot.level == "alarm" or snapshot.state == "alarm":
        siren = (
            "The siren is silenced; the beacon stays on."
            if snapshot.silenced
            else "The siren sounds."
            if snapshot.sounding
            else "The siren is not sounding."
        )
        where = f"Seen in {snapshot.where}. " if snapshot.where else ""
        more = " The watch has trouble as well." if blind else ""
        return "alarm", "Alarm", f"{where}{siren} The alarm stays until somebody resets it.{more}"
    if snapshot.state == "starting":
        return "warning", "Starting", "No picture has been judged yet."
    if snapshot.state == "trouble" or blind:
        return (
            "trouble",
            "Trouble: the watch cannot do its job",
            "Whether there is fire is not known until this is put right.",
        )
    if snapshot.level == "pre-alarm" or snapshot.state == "pre-alarm":
        return "warning", "Something may be burning", "Not sure enough yet for an alarm."
    if snapshot.notices:
        return "notice", "Watching, with a notice", "It does its job, and needs somebody to look."
    return "well", "Watching", "No sign of fire or smoke."


def _buttons(snapshot: Snapshot) -> tuple[str, ...]:
    can = ["false-alarm", "missed"]
    if snapshot.sounding:
        can.append("silence")
    if snapshot.level == "alarm":
        can.append("reset")
    if snapshot.testing:
        can.append("end-test")
    elif snapshot.level == "clear":
        can.append("test")
    return tuple(can)


def _lines(snapshot: Snapshot) -> str:
    # The trouble line's name says what it tells by dropping.
    names = {"trouble": "trouble (all is well)"}
    lines = ", ".join(names.get(name, name) for name, on in snapshot.lines.items() if on)
    return (lines or "none") + (" (simulated)" if snapshot.simulated_gpio else "")


def _facts(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    age = snapshot.frame_age_s
    facts = [
        ("Hazard", "not known" if snapshot.hazard is None else f"{snapshot.hazard:.2f}"),
        ("Last frame", "none yet" if age is None else f"{age:.1f} s ago"),
        ("Frames a second", f"{snapshot.fps:.1f}" if snapshot.fps else "not known"),
        ("Time for one", f"{snapshot.invoke_ms:.0f} ms" if snapshot.invoke_ms else "not known"),
        ("Frames judged", f"{snapshot.frames:,}"),
        ("Frames lost", f"{snapshot.lost:,}"),
    ]
    if snapshot.celsius is not None:
        facts.append(("Processor", f"{snapshot.celsius:.0f} {DEGREE}C"))
    if snapshot.slowed_by:
        facts.append(("Slowed by", ", ".join(snapshot.slowed_by)))
    facts += [
        ("Running for", _duration(snapshot.uptime_s)),
        ("Eye restarted", _times(snapshot.eye_restarts)),
        ("Camera", snapshot.camera or "not known"),
        ("Model", f"{snapshot.model} {snapshot.digest[:8]}".strip() or "not known"),
        ("Runtime", snapshot.runtime or "not known"),
        ("Lines energised", _lines(snapshot)),
    ]
    if snapshot.write_budget_bytes:
        written = snapshot.written_today_bytes / 1e6
        facts.append(
            ("Written today", f"{written:.1f} of {snapshot.write_budget_bytes / 1e6:.0f} MB")
        )
    return tuple(facts)


def since_words(since: str) -> str:
    """Return an ISO 8601 moment as hour and minute of its own zone, or as it is."""
    try:
        return datetime.fromisoformat(since).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        return since


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _duration(seconds: float) -> str:
    minutes = int(seconds) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
