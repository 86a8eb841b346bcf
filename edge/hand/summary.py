"""Summary: how a watch went."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """Why a watch ended, what it saw, and when the first alarm was raised."""

    ended_by: str
    frames: int
    dropped: int
    lost: int
    last_s: float | None
    alarm_at_s: float | None
