"""message: the JSON that the house is sent, of the state and of news."""

import json
from typing import Any

from edge.house.device import Device
from edge.house.outbox import Letter
from edge.link.snapshot import Snapshot

# Home Assistant takes no longer state.
LONGEST_STATE = 255
# Beyond this a message says that it is late; below it, it only had to queue.
LATE_SECONDS = 30.0


def state_words(snapshot: Snapshot | None) -> dict[str, Any]:
    """Return the part of the state that is told at once when it changes.

    Without a snapshot no watch answers: that is a trouble, and whether there is an alarm is
    not known.
    """
    if snapshot is None:
        return {
            "answering": False,
            "state": "silent",
            "alarm": None,
            "trouble": True,
            "troubles": "no watch answers",
            "supervisory": False,
            "supervisories": "",
        }
    return {
        "answering": True,
        "state": snapshot.state,
        "level": snapshot.level,
        "since": snapshot.since,
        "alarm": snapshot.level == "alarm",
        "sounding": snapshot.sounding,
        "silenced": snapshot.silenced,
        "testing": snapshot.testing,
        "where": snapshot.where,
        "trouble": snapshot.state == "trouble" or _any(snapshot, "trouble"),
        "troubles": _problems(snapshot, "trouble"),
        "supervisory": _any(snapshot, "supervisory"),
        "supervisories": _problems(snapshot, "supervisory"),
        "simulated_gpio": snapshot.simulated_gpio,
        "model": snapshot.model,
        "camera": snapshot.camera,
    }


def state_figures(snapshot: Snapshot | None) -> dict[str, Any]:
    """Return the part that changes all the time and is told at its own pace."""
    if snapshot is None:
        return {"hazard": None, "celsius": None}
    return {
        "at": snapshot.at,
        "hazard": None if snapshot.hazard is None else round(snapshot.hazard, 3),
        "scores": {name: round(score, 3) for name, score in snapshot.scores.items()},
        "celsius": None if snapshot.celsius is None else round(snapshot.celsius, 1),
        "frames": snapshot.frames,
        "invoke_ms": round(snapshot.invoke_ms, 1),
    }


def state_message(snapshot: Snapshot | None) -> bytes:
    """Return the whole state."""
    return _json({**state_words(snapshot), **state_figures(snapshot)})


def news_message(letter: Letter, device: Device, now: float, event_type: bool = False) -> bytes:
    """Return news as it is sent at `now`, in seconds on the clock of the letter.

    `event_type` names the kind as Home Assistant's events do.
    """
    waited = max(0.0, now - letter.since_s)
    body = {
        "version": 1,
        "device": {"id": device.id, "name": device.name},
        "number": letter.number,
        **letter.news.to_json(),
        "waited_seconds": round(waited, 1),
        "late": letter.news.from_log or waited > LATE_SECONDS,
    }
    if event_type:
        body["event_type"] = body["kind"]
    return _json(body)


def _any(snapshot: Snapshot, signal: str) -> bool:
    return any(notice.signal == signal for notice in snapshot.notices)


def _problems(snapshot: Snapshot, signal: str) -> str:
    text = "; ".join(notice.problem for notice in snapshot.notices if notice.signal == signal)
    return text if len(text) <= LONGEST_STATE else text[: LONGEST_STATE - 1] + "…"


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
