"""Condition: something that a person should know, and is not an alarm."""

from dataclasses import dataclass
from typing import Literal

Signal = Literal["trouble", "supervisory"]


@dataclass(frozen=True)
class Condition:
    """A trouble or a supervisory signal, for as long as it holds.

    A trouble says that the watch cannot do its job, and drops the trouble relay; supervisory,
    that it does but needs somebody. `source` is a name that stays the same for the same
    fault (`camera-black`): the fault table in docs/faults.md lists them all. `problem` is a
    sentence for a person. `since_s` is when it began, in seconds on the clock of whoever
    noticed it.
    """

    signal: Signal
    source: str
    problem: str
    since_s: float = 0.0
