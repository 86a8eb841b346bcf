"""AlarmState: what the policy makes of all frames so far."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How far an alarm has come."""

    CLEAR = "clear"
    PRE_ALARM = "pre-alarm"
    ALARM = "alarm"


@dataclass(frozen=True)
class AlarmState:
    """The state after one frame.

    `hazard` is in [0, 1], or NaN where it is not known; `frames_over` how many of the last n
    were at or above the threshold; `since_s` when the level was reached; `trouble` what is
    wrong with the watch, if anything. Alarm and trouble are two signals: both may be there.
    `sounding` says that the siren should sound, `silenced` that a person silenced it for now,
    `testing` that a test drives the lines, and `where` which zone or tile raised the alarm.
    `supervisory` is what somebody should see to though the watch goes on. `notices` counts
    the notices that were due so far: whoever sends messages sends one each time it rises.
    """

    level: Level
    hazard: float
    frames_over: int
    since_s: float
    trouble: str | None = None
    sounding: bool = False
    silenced: bool = False
    testing: bool = False
    where: str | None = None
    supervisory: str | None = None
    notices: int = 0

    @property
    def name(self) -> str:
        """Return one word for the state: an alarm is never hidden by a trouble."""
        if self.trouble is not None and self.level is not Level.ALARM:
            return "trouble"
        return self.level.value
