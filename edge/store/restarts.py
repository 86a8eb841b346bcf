"""Restarts: how often a process was started, counted on disk before each start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.store.durable import DurableRecord

MOST_REMEMBERED = 50
# So many starts in a row are a crash loop beyond doubt: from then on one in this time is enough
# to write down, so that the loop does not wear out the card as well.
MANY, SPARSE_SECONDS = 20, 600.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Start:
    """One start: `uptime_s` is the monotonic clock's, which goes on for one `boot` alone."""

    at: str
    why: str
    boot: str
    uptime_s: float


@dataclass(frozen=True)
class Tally:
    """What the count says.

    `total` starts in all; `in_a_row` since the last that settled, this one included; `starts`
    the newest of them, the oldest first; `problem` if an earlier count could not be read.
    """

    total: int
    in_a_row: int
    starts: tuple[Start, ...]
    problem: str | None = None

    def recent(self, seconds: float, now: float, boot: str) -> int:
        """Return how many starts were in the last `seconds` of this boot's monotonic clock."""
        same = [start for start in self.starts if start.boot == boot]
        return sum(0 <= now - start.uptime_s <= seconds for start in same)


class Restarts:
    """Counts starts durably, so that a crash loop is seen across crashes and power cuts.

    `in_a_row` needs no clock: a start counts until `settled` says that it went well.
    """

    def __init__(self, path: Path, boot: str | None = None) -> None:
        self.boot = boot_id() if boot is None else boot
        self._record = DurableRecord(path)

    def tally(self) -> Tally:
        """Return the count as it is on disk; nothing is written."""
        read = self._record.load()
        data: dict[str, Any] = read.data or {}
        try:
            starts = tuple(Start(**start) for start in data.get("starts", ()))
            return Tally(data.get("total", 0), data.get("in_a_row", 0), starts, read.problem)
        except TypeError as error:
            return Tally(0, 0, (), f"the count of starts is not as it should be: {error}")

    def begin(self, why: str, uptime_s: float, at: datetime | None = None) -> Tally:
        """Count a start, before it is made; the count is on the disk when this returns.

        After `MANY` in a row only now and then, and the count is of those.

        `why` says what led to it (`boot`, `killed by SIGSEGV`); `uptime_s` is the monotonic
        clock's time, and `at` the wall clock's, now by default.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        before = self.tally()
        when = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        start = Start(when, why, self.boot, uptime_s)
        starts = (*before.starts, start)[-MOST_REMEMBERED:]
        tally = Tally(before.total + 1, before.in_a_row + 1, starts, before.problem)
        if not self._is_sparse(before, uptime_s):
            self._save(tally.total, tally.in_a_row, starts)
        return tally

    def settled(self) -> None:
        """Note that the last start went well: the next is the first in a row.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        tally = self.tally()
        if tally.in_a_row:
            self._save(tally.total, 0, tally.starts)

    def _is_sparse(self, before: Tally, uptime_s: float) -> bool:
        if before.in_a_row < MANY or not before.starts:
            return False
        last = before.starts[-1]
        return last.boot == self.boot and 0 <= uptime_s - last.uptime_s < SPARSE_SECONDS

    def _save(self, total: int, in_a_row: int, starts: Sequence[Start]) -> None:
        self._record.save(
            {"total": total, "in_a_row": in_a_row, "starts": [vars(start) for start in starts]}
        )


def boot_id() -> str:
    """Return what tells this boot of the machine from any other; nothing if it has none."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
