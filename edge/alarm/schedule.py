"""Schedule: other rules at some times of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from edge.alarm.hours import Hours
from edge.contract.errors import ConfigError
from edge.contract.setting import setting


@dataclass(frozen=True)
class Schedule:
    """Other thresholds, fewer classes or no alarm at all at some times; the first that holds.

    Raises:
        ConfigError: no name, no times, or a threshold out of range.
    """

    name: str = setting(words="shown while it holds", example="cooking")
    times: tuple[str, ...] = setting(
        (), "by the local clock; across midnight too; none: all day", example=("11:30-13:00",)
    )
    days: tuple[str, ...] = setting(
        (), "mon, tue, wed, thu, fri, sat, sun; none: every day", example=("sat", "sun")
    )
    armed: bool = setting(True, "false: raise no alarm at these times (told as supervisory)")
    without: tuple[str, ...] = setting(
        (), "classes that do not count at these times", example=("smoke",)
    )
    raise_at: float | None = setting(None, "instead of [alarm] raise_at", example=0.8)
    clear_at: float | None = setting(None, "instead of [alarm] clear_at", example=0.5)

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ConfigError("a schedule has no name", expected="name in quotes")
        if self.hours.always:
            raise ConfigError(
                f"the schedule {self.name!r} has neither times nor days",
                next_step="say it in [alarm] instead, if it is to hold always",
            )
        for key, value in (("raise_at", self.raise_at), ("clear_at", self.clear_at)):
            if value is not None and not 0 < value <= 1:
                raise ConfigError(
                    f"{key} is out of range", found=value, expected="above 0 and at most 1"
                )

    @property
    def hours(self) -> Hours:
        """Return when it holds."""
        return Hours(self.times, self.days)


def in_force(schedules: Sequence[Schedule], local: datetime | None) -> Schedule | None:
    """Return the first schedule that holds at a local time, if any."""
    return next((one for one in schedules if one.hours.hold(local)), None)
