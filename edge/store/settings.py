"""StoreSettings: what the watch keeps, where, for how long, and how much it may write."""

from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

MB = 1_000_000
# Fewer would be gone before anybody reads them, whatever their age.
FEWEST_EVENTS = 1000


@dataclass(frozen=True)
class StoreSettings:
    """What is kept, and where.

    Raises:
        ConfigError: a figure that is out of range.
    """

    folder: Path = setting(
        Path("state"), "events, evidence pictures and the latch are kept in this folder"
    )
    keep_days: int = setting(365, "events older than this are forgotten, the oldest first")
    keep_events: int = setting(50_000, "at most so many events, the newest")
    evidence_before_seconds: float = setting(
        10.0, "an alarm's pictures begin so long before it (they wait in memory)"
    )
    evidence_after_seconds: float = setting(30.0, "and end so long after it")
    evidence_quota_mb: int = setting(
        500, "all alarms' pictures together; the oldest go first, never the newest alarm's"
    )
    kept_quota_mb: int = setting(
        100, "pictures kept for retraining, for each kind; none is removed, no more are kept"
    )
    write_budget_mb_per_day: int = setting(
        100, "spares the SD card: near it, pictures are left out; alarms are always written"
    )
    low_disk_mb: int = setting(100, "less free space than this is a supervisory signal")

    def __post_init__(self) -> None:
        least = {
            "keep_days": 1,
            "keep_events": FEWEST_EVENTS,
            "evidence_before_seconds": 0,
            "evidence_after_seconds": 0,
            "evidence_quota_mb": 0,
            "kept_quota_mb": 0,
            "write_budget_mb_per_day": 1,
            "low_disk_mb": 0,
        }
        for name, at_least in least.items():
            value = getattr(self, name)
            # `not >=` refuses a number that is none, too.
            if not value >= at_least or value == float("inf"):
                raise ConfigError(
                    f"{name} is out of range", found=value, expected=f"{at_least} or more"
                )

    @property
    def events(self) -> Path:
        """Return the event log's file."""
        return self.folder / "events.sqlite"

    @property
    def latch(self) -> Path:
        """Return the file that holds what of an alarm must survive a restart."""
        return self.folder / "latch.json"

    @property
    def writes(self) -> Path:
        """Return the file with the count of what was written."""
        return self.folder / "writes.json"

    @property
    def evidence(self) -> Path:
        """Return the folder of the alarms' pictures."""
        return self.folder / "evidence"

    @property
    def kept(self) -> Path:
        """Return the folder of the pictures kept for retraining, with a folder for each kind."""
        return self.folder / "kept"

    def restarts(self, process: str) -> Path:
        """Return the file that counts the starts of a process (`hand`, `eye`)."""
        return self.folder / f"restarts-{process}.json"
