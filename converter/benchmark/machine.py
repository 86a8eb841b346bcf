"""Machine: what the figures of speed were taken on, and how busy it was with other work."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

WATCHED_SECONDS = 0.3
BUSY = 0.25


@dataclass(frozen=True)
class Machine:
    """A machine: its processor and its usable cores (0: not known).

    `busy_cores` were at other work when timing began, None where the system does not tell.
    """

    processor: str
    cores: int
    busy_cores: float | None = None

    @property
    def words(self) -> str:
        """Return it in a line."""
        if not self.cores:
            return self.processor
        return f"{self.cores} cores, {self.processor}"

    @property
    def warning(self) -> str:
        """Return a sentence on why the times may be too long; empty where they may be trusted."""
        if self.busy_cores is None or self.busy_cores < BUSY:
            return ""
        return (
            f"The machine was busy: up to {self.busy_cores:.1f} of its {self.cores} cores were at "
            "other work when a timing began. Times are too long by an unknown amount; measure "
            "again with --fresh when it is quiet."
        )

    @classmethod
    def here(cls, busy_cores: float | None = None) -> "Machine":
        """Return this machine."""
        return cls(f"{platform.machine()} {_model()}".strip(), usable_cores(), busy_cores)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def busy_cores(
    wait: Callable[[float], None] = time.sleep, source: Path = Path("/proc/stat")
) -> float | None:
    """Return how many cores are at work, by the kernel's counts over a moment."""
    before = _ticks(source)
    wait(WATCHED_SECONDS)
    after = _ticks(source)
    if before is None or after is None or after[1] <= before[1]:
        return None
    idle, total = after[0] - before[0], after[1] - before[1]
    return round(usable_cores() * (1 - idle / total), 2)


def _ticks(source: Path) -> tuple[int, int] | None:
    """Return the idle and all ticks of all cores (proc(5): user nice system idle iowait ...)."""
    try:
        numbers = [int(word) for word in source.read_text().splitlines()[0].split()[1:9]]
    except (OSError, ValueError, IndexError):
        return None
    return (numbers[3] + numbers[4], sum(numbers)) if len(numbers) == 8 else None


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    named = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines}
    return named.get("model name") or named.get("Model") or ""
