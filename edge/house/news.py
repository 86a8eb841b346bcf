"""News: one thing that somebody elsewhere should hear of."""

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "alarm",
    "pre-alarm",
    "cleared",
    "pre-alarm-cleared",
    "trouble",
    "trouble-cleared",
    "supervisory",
    "supervisory-cleared",
    "test",
]
# What must wait when not all can be kept: an alarm never before something lesser.
WEIGHTS: dict[Kind, int] = {
    "alarm": 3,
    "cleared": 2,
    "trouble": 2,
    "trouble-cleared": 1,
    "pre-alarm": 1,
    "pre-alarm-cleared": 0,
    "supervisory": 0,
    "supervisory-cleared": 0,
    "test": 0,
}


@dataclass(frozen=True)
class News:
    """What happened, as a message tells it.

    `at` is ISO 8601 with its zone, the time that it happened and not that of the message.
    `source` is the condition's name, empty for an alarm. `event` is the number of the newest
    event in the log when it was noticed. `where` is the zone or tile of an alarm, None for
    the whole picture. `simulated` says that no pin is driven. `from_log` says that nobody
    listened when it happened and that the event log told of it. `repeats` counts changes
    there and back that were left out since the last message of this source.
    """

    kind: Kind
    at: str
    text: str
    source: str = ""
    event: int = 0
    hazard: float | None = None
    where: str | None = None
    simulated: bool = False
    from_log: bool = False
    repeats: int = 0

    @property
    def weight(self) -> int:
        """Return how much it matters, 0 to 3."""
        return WEIGHTS[self.kind]

    @property
    def subject(self) -> str:
        """Return what it is about: news of one subject follow from each other."""
        if self.kind.startswith(("trouble", "supervisory")):
            return f"{self.kind.removesuffix('-cleared')} {self.source}"
        return "level"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return dict(vars(self))
