"""Papers: what the hand asks to have written down, each with its ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.store.event import Event, Weight
from edge.store.picture import Picture
from edge.store.ticket import Ticket


@dataclass(frozen=True, eq=False)
class EventPaper:
    """An event for the log."""

    event: Event
    queued_s: float
    ticket: Ticket = field(default_factory=Ticket)
    weight: Weight = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", self.event.weight)


@dataclass(frozen=True, eq=False)
class LatchPaper:
    """What of an alarm must survive a restart; only the newest counts."""

    data: Mapping[str, Any]
    queued_s: float
    ticket: Ticket = field(default_factory=Ticket)
    weight: Weight = Weight.HIGH


@dataclass(frozen=True, eq=False)
class FilePaper:
    """A small file in the state folder, written anew as a whole; only the newest counts."""

    name: str
    content: bytes
    queued_s: float
    ticket: Ticket = field(default_factory=Ticket)
    weight: Weight = Weight.HIGH


@dataclass(frozen=True, eq=False)
class EvidencePaper:
    """A picture of an alarm; `alarm` is the ticket of the event that it belongs to."""

    picture: Picture
    alarm: Ticket
    queued_s: float = 0.0
    ticket: Ticket = field(default_factory=Ticket)


@dataclass(frozen=True, eq=False)
class KeptPaper:
    """A picture that a person wants for retraining."""

    picture: Picture
    kind: str
    about: Mapping[str, Any]
    queued_s: float = 0.0
    ticket: Ticket = field(default_factory=Ticket)


Paper = EventPaper | LatchPaper | FilePaper
PicturePaper = EvidencePaper | KeptPaper
