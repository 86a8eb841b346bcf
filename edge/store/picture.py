"""Picture: a JPEG that may become evidence, with what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Milliseconds, and no sign that any file system minds.
STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Picture:
    """One picture.

    `at` is the wall clock's time, for its name; `now_s` the monotonic clock's, for what is
    before and after; `number` the frame's; `scores` each class's score in [0, 1].
    """

    at: datetime
    now_s: float
    number: int
    jpeg: bytes
    scores: Mapping[str, float] = field(default_factory=dict)
    state: str = ""

    @property
    def stamp(self) -> str:
        """Return its time in UTC for a file's name, to the millisecond."""
        at = self.at.astimezone(UTC)
        return f"{at.strftime(STAMP)}.{at.microsecond // 1000:03d}Z"


def read_stamp(text: str) -> datetime:
    """Read what `Picture.stamp` gave.

    Raises:
        ValueError: it is none.
    """
    return datetime.strptime(text, f"{STAMP}.%fZ").replace(tzinfo=UTC)
