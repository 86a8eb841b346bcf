"""fold: makes one event of many of a kind, when there is no room for each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from edge.store.event import Event, Weight


def fold(events: Sequence[Event]) -> tuple[list[Event], list[int]]:
    """Return fewer events, and for each of those given the place of the one it is part of.

    Events of the same kind, source, line and state become the first of them, which says in its
    `detail` how many there were and until when. Alarms and what people did stay as they are.
    """
    folded: list[Event] = []
    counts: list[int] = []
    places: list[int] = []
    first: dict[tuple[Any, ...], int] = {}
    for event in events:
        key = _key(event)
        if event.weight is Weight.HIGH:
            # What comes after it is another story.
            first.clear()
        elif key in first:
            place = first[key]
            counts[place] += 1
            folded[place] = _until(folded[place], event, counts[place])
            places.append(place)
            continue
        else:
            first[key] = len(folded)
        places.append(len(folded))
        folded.append(event)
        counts.append(1)
    return folded, places


def _key(event: Event) -> tuple[Any, ...]:
    named = (event.detail.get(name) for name in ("source", "line", "on"))
    return (event.kind, event.state, *named)


def _until(event: Event, later: Event, times: int) -> Event:
    until = later.at.astimezone(UTC).isoformat(timespec="milliseconds")
    return replace(event, detail={**event.detail, "times": times, "until": until})
