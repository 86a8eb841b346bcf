"""Event words: one event of the log as a line for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.store.event import Event
from edge.web.words import Tone

STATES = {
    "alarm": ("alarm", "Alarm raised"),
    "pre-alarm": ("warning", "Something may be burning"),
    "clear": ("well", "All clear"),
    "trouble": ("trouble", "Trouble"),
    "starting": ("notice", "Starting"),
}
KINDS = {
    "started": ("notice", "Watch started"),
    "stopped": ("notice", "Watch stopped"),
    "restarted": ("warning", "Eye restarted"),
    "trouble": ("trouble", "Trouble"),
    "trouble_cleared": ("well", "Trouble over"),
    "supervisory": ("notice", "Notice"),
    "supervisory_cleared": ("well", "Notice over"),
    "model_changed": ("notice", "Model changed"),
    "line_moved": ("notice", "Output switched"),
}
ACTS = {
    "silence": "Siren silenced",
    "reset": "Alarm reset",
    "test": "Test begun",
    "end-test": "Test ended",
    "keep": "Pictures kept",
    "set-zones": "Zones changed",
}
KEPT = {"false-alarm": "as a false alarm", "missed": "as a missed fire"}
# In this order where there are several; other details are for machines.
TOLD = ("problem", "why", "source", "where", "bundle", "model", "camera", "runtime", "version")
NAMED = {"where": "where: ", "version": "version "}
LONGEST = 300


@dataclass(frozen=True)
class EventLine:
    """What the list shows of an event; `day` and `time` are this machine's own."""

    number: int
    tone: Tone
    title: str
    text: str
    day: str
    time: str
    at: str
    by: str
    hazard: str


def line_of(event: Event) -> EventLine:
    """Say what happened."""
    tone, title = _title(event)
    local = event.at.astimezone()
    return EventLine(
        number=event.number,
        tone=tone,
        title=title,
        text=_text(event)[:LONGEST],
        day=_day(local),
        time=local.strftime("%H:%M:%S"),
        at=event.at.isoformat(timespec="seconds"),
        by=event.by or "",
        hazard="" if event.hazard is None else f"{event.hazard:.2f}",
    )


def _title(event: Event) -> tuple[Tone, str]:
    if event.kind == "state_changed":
        tone, title = STATES.get(event.state, ("notice", event.state))
    elif event.kind == "acknowledged":
        what = str(event.detail.get("what", ""))
        tone, title = "notice", ACTS.get(what, what or "Acknowledged")
    else:
        tone, title = KINDS.get(event.kind, ("notice", event.kind))
    return tone, title  # type: ignore[return-value]


def _text(event: Event) -> str:
    detail: Mapping[str, Any] = event.detail
    if event.kind == "line_moved":
        lines = detail.get("line"), detail.get("on")
        return f"{lines[0]} {'on' if lines[1] else 'off'}" if lines[0] else ""
    if event.kind == "acknowledged":
        return _deed(detail)
    if event.kind == "stopped":
        return f"by {detail['by']}" if detail.get("by") else ""
    told = [
        f"{NAMED.get(name, '')}{detail[name]}"
        for name in TOLD
        if detail.get(name) not in (None, "", [], {})
    ]
    return " · ".join(told)


def _deed(detail: Mapping[str, Any]) -> str:
    """Say more of what a person did."""
    if detail.get("what") == "keep":
        kept = KEPT.get(str(detail.get("kind")), "")
        return f"{detail['pictures']} pictures {kept}" if "pictures" in detail else kept
    zones = detail.get("zones")
    if isinstance(zones, list):
        return ", ".join(map(str, zones)) or "none is left"
    return ""


def _day(local: datetime) -> str:
    return f"{local:%A}, {local.day} {local:%B %Y}"
