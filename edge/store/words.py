"""in_words: an event as a sentence for a person."""

from collections.abc import Mapping
from typing import Any

from edge.store.event import Event

DID = {
    "silence": "silenced the siren",
    "reset": "reset the alarm",
    "test": "began a test",
    "end-test": "ended the test",
    "keep": "kept pictures",
    "set-zones": "changed the zones",
}
STATES = {"clear": "all clear", "pre-alarm": "pre-alarm", "alarm": "ALARM", "trouble": "trouble"}
MOST_SCORES = 3
LEAST_SCORE = 0.005


def in_words(event: Event) -> str:
    """Return one line that says what happened; it names no time."""
    detail = event.detail
    text = {
        "started": _started,
        "stopped": _stopped,
        "restarted": _restarted,
        "state_changed": lambda _: _changed(event),
        "line_moved": _moved,
        "trouble": lambda d: f"trouble: {_problem(d)}",
        "trouble_cleared": lambda d: f"trouble over: {d.get('source', '?')}",
        "supervisory": lambda d: f"supervisory: {_problem(d)}",
        "supervisory_cleared": lambda d: f"supervisory over: {d.get('source', '?')}",
        "acknowledged": lambda _: _acknowledged(event),
        "model_changed": _model,
    }.get(event.kind, _any(event.kind))(detail)
    if "times" in detail:
        text += f" ({detail['times']} times)"
    return " ".join(text.split())


def _changed(event: Event) -> str:
    text = STATES.get(event.state, event.state)
    if event.detail.get("from"):
        text += f", was {event.detail['from']}"
    if event.hazard is not None:
        text += f"; hazard {event.hazard:.2f}"
    scores = event.detail.get("scores")
    if isinstance(scores, Mapping) and scores:
        best = sorted(scores.items(), key=lambda pair: -_number(pair[1]))[:MOST_SCORES]
        parts = [f"{name} {_number(one):.2f}" for name, one in best if _number(one) >= LEAST_SCORE]
        text += f" ({', '.join(parts)})" if parts else ""
    if event.detail.get("where"):
        text += f" in {event.detail['where']}"
    return text


def _acknowledged(event: Event) -> str:
    what = str(event.detail.get("what", "acknowledged"))
    text = f"{event.by or 'somebody'} {DID.get(what, what)}"
    if event.detail.get("kind"):
        text += f" as {event.detail['kind']}"
    refused = event.detail.get("refused")
    return f"{text}: refused, {refused}" if refused else text


def _started(detail: Mapping[str, Any]) -> str:
    text = "started"
    if detail.get("bundle"):
        text += f" with {detail['bundle']} {str(detail.get('digest', ''))[:12]}"
    if detail.get("gpio") == "simulated":
        text += ", SIMULATED PINS"
    return text


def _stopped(detail: Mapping[str, Any]) -> str:
    text = f"stopped by {detail.get('by', '?')}"
    if "frames" in detail:
        text += f" after {detail['frames']} frames"
    return text


def _restarted(detail: Mapping[str, Any]) -> str:
    return f"{detail.get('what', 'the watch')} restarted: {detail.get('why', '?')}"


def _moved(detail: Mapping[str, Any]) -> str:
    line, on = detail.get("line", "?"), detail.get("on")
    if line == "trouble":
        return "trouble relay " + ("held: all is well" if on else "dropped")
    return f"{line} {'on' if on else 'off'}"


def _model(detail: Mapping[str, Any]) -> str:
    return f"model changed to {detail.get('bundle', '?')} {str(detail.get('digest', ''))[:12]}"


def _problem(detail: Mapping[str, Any]) -> str:
    source, problem = detail.get("source"), detail.get("problem", "?")
    return f"{source}: {problem}" if source else str(problem)


def _any(kind: str) -> Any:
    return lambda detail: f"{kind} {dict(detail)}" if detail else kind


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
