"""WriteBudget: counts what is written in a day, so that the SD card lives."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from edge.store.durable import DurableRecord

PROCESS_IO = Path("/proc/self/io")
BLOCK_BYTES = 4096
# What the file system writes beside our own blocks for one flush to disk: ext4's journal takes
# a descriptor, the blocks of metadata and a commit block. Measured on a loop-mounted ext4 image
# (python -m tests.benchmarks.card_writes).
SYNC_BYTES = 6 * BLOCK_BYTES
# A small new file in place of an old one is flushed twice, and dirties more maps than that.
NEW_FILE_SYNCS = 3
HOURS = 24
HOUR_S = 3600.0
# The count itself is written when so much of the budget was used since, or this often.
SAVE_SHARE = 0.01
SAVE_SECONDS = 6 * HOUR_S
# From these shares of the budget on, pictures are thinned, and then left out.
# Even if every event waits no longer than it may, what is left then lasts for the day.
THIN_AT, SPENT_AT = 0.5, 0.85

Level = Literal["free", "thin", "spent"]


def process_written_bytes() -> int | None:
    """Return what this process had written to a disk so far, by the kernel; None if unknown."""
    try:
        text = PROCESS_IO.read_text(encoding="ascii")
        figures = dict(line.split(": ") for line in text.splitlines())
        return int(figures["write_bytes"])
    except (OSError, ValueError, KeyError):
        return None


@dataclass(frozen=True)
class Writes:
    """What was written: in the last 24 hours, and in all since `since` (ISO 8601, UTC)."""

    last_day_bytes: int
    budget_bytes: int
    total_bytes: int
    since: str
    hours: float

    @property
    def per_day_bytes(self) -> float:
        """Return the mean of a day; of less than one, what was written so far."""
        return self.total_bytes / max(1.0, self.hours / HOURS)


class WriteBudget:
    """Counts bytes hour by hour over the last 24, whatever the wall clock does.

    What the kernel says that this process wrote is the truth; where it says nothing, or less
    (a file system in memory), the estimate counts. On top comes what the file system writes
    for itself at each flush. `clock` gives monotonic seconds. Not for two threads at once,
    but for the figures, which any may read.
    """

    def __init__(
        self,
        path: Path,
        budget_bytes: int,
        clock: Callable[[], float],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        written: Callable[[], int | None] = process_written_bytes,
    ) -> None:
        self.budget_bytes = budget_bytes
        self._record = DurableRecord(path)
        self._clock = clock
        self._now = now
        self._written = written
        self._seen = written() or 0
        self._bins = [0] * HOURS
        self._total = 0
        self._hours_before = 0.0
        self._since = now().astimezone(UTC).isoformat(timespec="seconds")
        self._started = self._bin_began = self._saved_at = clock()
        self._unsaved = 0
        self.last_day_bytes = 0

    @property
    def level(self) -> Level:
        """Return how sparing to be."""
        share = self.last_day_bytes / self.budget_bytes
        return "spent" if share >= SPENT_AT else "thin" if share >= THIN_AT else "free"

    def load(self) -> None:
        """Go on from the count on disk; one that cannot be read begins anew."""
        data = self._record.load().data
        if data is not None:
            self._go_on(data)

    def note(self, payload_bytes: int, syncs: int = 1) -> None:
        """Count a write of `payload_bytes` that was flushed to disk `syncs` times."""
        seen = self._written() or 0
        real, self._seen = max(0, seen - self._seen), max(seen, self._seen)
        blocks = -(-payload_bytes // BLOCK_BYTES)
        self._add(max(real, blocks * BLOCK_BYTES) + syncs * SYNC_BYTES)

    def tick(self) -> None:
        """Let hours go by, and keep the count on disk when it is time to.

        Raises:
            StorageError: it cannot be written.
        """
        self._turn()
        old = self._clock() - self._saved_at >= SAVE_SECONDS
        if self._unsaved >= SAVE_SHARE * self.budget_bytes or (self._unsaved and old):
            self.save()

    def save(self, *, ended: bool = False) -> None:
        """Keep the count on disk; `ended` says that nothing will be written after it.

        Raises:
            StorageError: it cannot be written.
        """
        self._saved_at, self._unsaved = self._clock(), 0
        now = self._now().astimezone(UTC).isoformat(timespec="seconds")
        data = {"at": now, "hours": self._bins, "total": self._total, "ended": ended}
        self._record.save(data | {"since": self._since, "watched_hours": self._hours()})
        self.note(2 * BLOCK_BYTES, syncs=2 * NEW_FILE_SYNCS)

    def writes(self) -> Writes:
        """Return the figures as they are now."""
        return Writes(
            self.last_day_bytes, self.budget_bytes, self._total, self._since, self._hours()
        )

    def _hours(self) -> float:
        return round(self._hours_before + (self._clock() - self._started) / HOUR_S, 3)

    def _add(self, size: int) -> None:
        self._turn()
        self._bins[-1] += size
        self._total += size
        self._unsaved += size
        self.last_day_bytes = sum(self._bins)

    def _turn(self) -> None:
        passed = int((self._clock() - self._bin_began) // HOUR_S)
        if passed > 0:
            self._bin_began += passed * HOUR_S
            self._shift(passed)

    def _shift(self, hours: int) -> None:
        keep = self._bins[min(hours, HOURS) :]
        self._bins = keep + [0] * (HOURS - len(keep))
        self.last_day_bytes = sum(self._bins)

    def _go_on(self, data: dict[str, Any]) -> None:
        try:
            saved = datetime.fromisoformat(data["at"])
            bins = [max(0, int(size)) for size in data["hours"]][-HOURS:]
            self._total += int(data["total"])
            self._since, self._hours_before = str(data["since"]), float(data["watched_hours"])
        except (KeyError, TypeError, ValueError):
            return
        away = (self._now() - saved).total_seconds() / HOUR_S
        # A clock that went back lets nothing expire, and one that jumped forward only a day's.
        mine, self._bins = self._bins[-1], [0] * (HOURS - len(bins)) + bins
        self._shift(max(0, int(away)))
        # What was written after the last save and before a crash is not known: the most it can be.
        unknown = 0 if data.get("ended") is True else int(SAVE_SHARE * self.budget_bytes)
        self._add(mine + unknown)


def read_writes(path: Path, budget_bytes: int) -> Writes | None:
    """Read what a watch, running or not, kept of its count; None where it kept nothing."""
    data = DurableRecord(path).load().data
    try:
        if data is None:
            return None
        hours = [int(size) for size in data["hours"]]
        total, since, watched = int(data["total"]), str(data["since"]), data["watched_hours"]
        return Writes(sum(hours), budget_bytes, total, since, float(watched))
    except (KeyError, TypeError, ValueError):
        return None
