"""StoreSettings: where the watch keeps what it must not forget."""

from dataclasses import dataclass
from pathlib import Path

from edge.contract.setting import setting


@dataclass(frozen=True)
class StoreSettings:
    """What is kept, and where."""

    folder: Path = setting(
        Path("state"), "events, evidence pictures and the latch are kept in this folder"
    )

    @property
    def events(self) -> Path:
        """Return the event log's file."""
        return self.folder / "events.sqlite"
