"""Hours: times of the day on days of the week, by the clock on the wall."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.contract.errors import ConfigError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
DAY_MINUTES = 24 * 60
# A Pi has no battery: until the network has told it the time it may be 1970, or whenever it
# was last on. What was built later than this cannot run earlier.
EARLIEST_YEAR = 2025


def believable(local: datetime | None) -> datetime | None:
    """Return a time, or None if the clock that gave it was never set."""
    return local if local is not None and local.year >= EARLIEST_YEAR else None


@dataclass(frozen=True)
class Hours:
    """Spans such as ("17:00-23:00", "22:30-06:00") on days such as ("sat", "sun").

    No span is all day, no day is every day. A span across midnight belongs to the day on which
    it begins. The clock on the wall decides: where it is put forward, the hour that is left
    out is in no span; where it is put back, the one that comes twice is twice in its span.

    Raises:
        ConfigError: a span or a day that is none.
    """

    spans: tuple[str, ...] = ()
    days: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for span in self.spans:
            _minutes(span)
        for day in self.days:
            if day not in DAYS:
                raise ConfigError(
                    f"{day!r} is no day", expected="some of " + ", ".join(DAYS) + " in `days`"
                )

    @property
    def always(self) -> bool:
        """Say whether they hold at any time."""
        return not self.spans and not self.days

    def hold(self, local: datetime | None) -> bool:
        """Say whether `local`, the time on the wall, is in them; an unknown time is in none."""
        if self.always:
            return True
        if local is None:
            return False
        today = self._has(local)
        if not self.spans:
            return today
        yesterday = self._has(local - timedelta(days=1))
        minute = local.hour * 60 + local.minute
        for start, end in map(_minutes, self.spans):
            if start < end:
                inside = today and start <= minute < end
            else:
                inside = (today and minute >= start) or (yesterday and minute < end)
            if inside:
                return True
        return False

    def _has(self, local: datetime) -> bool:
        return not self.days or DAYS[local.weekday()] in self.days


def _minutes(span: str) -> tuple[int, int]:
    match = SPAN.fullmatch(span)
    if match:
        hours = [int(part) for part in match.groups()]
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        minutes_fit = hours[1] < 60 and hours[3] < 60
        if minutes_fit and start != end and start < DAY_MINUTES and end <= DAY_MINUTES:
            return start, end
    raise ConfigError(
        f"{span!r} is no span of time", expected='two different times, such as "17:00-23:00"'
    )
