"""DiskSignals: what the scribe's successes and failures say to a person."""

from edge.contract.condition import Condition
from edge.store.budget import THIN_AT, WriteBudget
from edge.store.disk import Fault

# A write that takes longer is no slow card: a bus that hangs, or a network disk that is gone.
STUCK_SECONDS = 10.0
# More room than the limit by this share, before "nearly full" is over.
CLEAR_SHARE = 1.1


class DiskSignals:
    """Keeps which kind of writing fails, since when and why; all supervisory.

    Each place (`papers`, `pictures`, `count`) fails and recovers by itself, so that one that
    works does not hide one that does not. Written by one thread, read by another: each step
    is one assignment.
    """

    def __init__(self, low_bytes: int) -> None:
        self._low_bytes = low_bytes
        self._faults: dict[str, tuple[Fault, str, float]] = {}
        self._low: tuple[int, float] | None = None
        self._sparing_since: float | None = None

    def fail(self, place: str, fault: Fault, problem: str, now: float) -> None:
        """Note that a place failed."""
        before = self._faults.get(place)
        since = before[2] if before and before[0] == fault else now
        self._faults = {**self._faults, place: (fault, problem, since)}

    def succeed(self, place: str) -> None:
        """Note that a place works."""
        if place in self._faults:
            self._faults = {name: one for name, one in self._faults.items() if name != place}

    def room(self, free_bytes: int | None, now: float) -> None:
        """Note how much room there is."""
        if free_bytes is None:
            return
        limit = self._low_bytes * (1 if self._low is None else CLEAR_SHARE)
        if free_bytes < limit:
            self._low = (free_bytes, now if self._low is None else self._low[1])
        else:
            self._low = None

    def conditions(
        self, now: float, stuck_for_s: float, budget: WriteBudget, waiting: int, lost: int
    ) -> tuple[Condition, ...]:
        """Return what holds now, one for each source."""
        found: dict[str, Condition] = {}
        for fault, problem, since in self._faults.values():
            found.setdefault(fault, _supervisory(fault, _with(problem, waiting, lost), since))
        if self._low is not None and "disk-full" not in found:
            free, since = self._low
            problem = f"the disk is nearly full: {free / 1e6:.0f} MB are free"
            found["disk-full"] = _supervisory("disk-full", problem, since)
        if stuck_for_s >= STUCK_SECONDS:
            problem = f"the disk has not answered for {stuck_for_s:.0f} s"
            found["disk-stuck"] = _supervisory(
                "disk-stuck", _with(problem, waiting, lost), now - stuck_for_s
            )
        self._spare(budget, now)
        if self._sparing_since is not None:
            found["write-budget"] = _supervisory(
                "write-budget", _spared(budget), self._sparing_since
            )
        return tuple(found.values())

    def _spare(self, budget: WriteBudget, now: float) -> None:
        if budget.level == "free":
            # Some way below where it began, so that it does not come and go.
            if budget.last_day_bytes < THIN_AT / CLEAR_SHARE * budget.budget_bytes:
                self._sparing_since = None
        elif self._sparing_since is None:
            self._sparing_since = now


def _supervisory(source: str, problem: str, since: float) -> Condition:
    return Condition("supervisory", source, problem, since)


def _with(problem: str, waiting: int, lost: int) -> str:
    parts = [problem]
    if waiting:
        parts.append(f"{waiting} record{'s wait' if waiting > 1 else ' waits'} in memory")
    if lost:
        parts.append(f"{lost} {'are' if lost > 1 else 'is'} lost")
    return "; ".join(parts)


def _spared(budget: WriteBudget) -> str:
    what = "fewer pictures are kept" if budget.level != "spent" else "no pictures are kept"
    return (
        f"{budget.last_day_bytes / 1e6:.0f} MB were written in the last 24 hours, of a budget of "
        f"{budget.budget_bytes / 1e6:.0f} MB, so {what}; alarms are logged as ever"
    )
