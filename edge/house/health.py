"""health: whether the watch can do its job at this moment, in a word and in sentences."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edge.link.snapshot import Snapshot

# A watch publishes its state once a second; one that has not for so long is not to be believed.
STALE_SECONDS = 10.0


@dataclass(frozen=True)
class Health:
    """`well` is true while the watch is watching; `words` says what is wrong, if anything."""

    well: bool
    state: str
    words: tuple[str, ...]
    frame_age_s: float | None = None
    simulated_gpio: bool = False

    @property
    def status(self) -> int:
        """Return the HTTP status: 200 or 503."""
        return 200 if self.well else 503

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "watching": self.well,
            "state": self.state,
            "problems": list(self.words),
            "frame_age_s": self.frame_age_s,
            "simulated_gpio": self.simulated_gpio,
        }


def health(snapshot: Snapshot | None, now: datetime) -> Health:
    """Judge a snapshot at the time `now`, which has its zone.

    An alarm is well: the watch does what it is for. A trouble is not, nor a watch that is
    only starting, nor one that has not spoken for `STALE_SECONDS`: unknown is never "no fire".
    A supervisory signal is told and does not make it unwell.
    """
    if snapshot is None:
        return Health(False, "silent", ("no watch answers",))
    words = [f"{notice.signal}: {notice.problem}" for notice in snapshot.notices]
    troubled = any(notice.signal == "trouble" for notice in snapshot.notices)
    if snapshot.state == "starting":
        words.append("the watch is starting")
    if snapshot.state == "trouble" and not troubled:
        words.append("the watch is in trouble")
    stale = age_seconds(snapshot, now) > STALE_SECONDS
    if stale:
        words.append(f"the watch has not spoken since {snapshot.at}")
    well = not (troubled or stale) and snapshot.state not in ("starting", "trouble")
    return Health(well, snapshot.state, tuple(words), snapshot.frame_age_s, snapshot.simulated_gpio)


def age_seconds(snapshot: Snapshot, now: datetime) -> float:
    """Return how far a snapshot's time is from `now`; far ahead is as unbelievable as far back."""
    try:
        at = datetime.fromisoformat(snapshot.at)
        return abs((now - at).total_seconds())
    except (TypeError, ValueError):  # no time, or one without a zone
        return float("inf")
