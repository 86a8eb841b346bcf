"""OutputLines: which GPIO line does what."""

from collections.abc import Mapping
from dataclasses import dataclass

from edge.alarm.header import HIGHEST_BCM
from edge.contract.errors import ConfigError
from edge.contract.setting import setting

RELAYS = ("siren", "beacon", "trouble")
SMALL = ("supervisory", "buzzer", "heartbeat")
MOST_CHIRP_SECONDS = 3600.0
MOST_HUSH_HOURS = 24.0


@dataclass(frozen=True)
class OutputLines:
    """Which GPIO line does what, by Broadcom numbers (GPIO 17 is pin 11 of the header).

    `active_high` is false for relay boards that switch on when their input is pulled low.

    Raises:
        ConfigError: a number that the header does not have, or one used twice.
    """

    siren: int = setting(17, "energised while the alarm sounds")
    beacon: int = setting(27, "energised in an alarm, silenced or not")
    trouble: int = setting(22, "energised while all is well; drops on any fault and on stop")
    active_high: bool = setting(True, "false for relay boards that switch on when pulled low")
    supervisory: int | None = setting(
        None, "a lamp for what somebody should see to while the watch goes on", example=25
    )
    buzzer: int | None = setting(
        None, "short beeps for a pre-alarm, a trouble, a test; three long for an alarm", example=23
    )
    heartbeat: int | None = setting(
        None, "toggles with each frame that was judged, for a lamp or a timer", example=24
    )
    small_active_high: bool = setting(
        True, "the same as active_high, for supervisory, buzzer and heartbeat"
    )
    chirp_seconds: float = setting(60.0, "the buzzer chirps so often in a trouble; 0 is never")
    hush_hours: float = setting(
        12.0, "silence keeps the chirps of the same trouble away for so long, at most 24"
    )

    def __post_init__(self) -> None:
        check_lines(self.numbers())
        if not 0 <= self.chirp_seconds <= MOST_CHIRP_SECONDS:
            raise ConfigError(
                "chirp_seconds is out of range",
                found=self.chirp_seconds,
                expected=f"0 (never) to {MOST_CHIRP_SECONDS:g}",
            )
        if not 0 <= self.hush_hours <= MOST_HUSH_HOURS:
            raise ConfigError(
                "hush_hours is out of range",
                found=self.hush_hours,
                expected=f"0 to {MOST_HUSH_HOURS:g}",
            )

    def numbers(self) -> dict[str, int]:
        """Return the Broadcom number of each line that is there by its name."""
        given = {name: getattr(self, name) for name in (*RELAYS, *SMALL)}
        return {name: bcm for name, bcm in given.items() if bcm is not None}

    def is_active_high(self, name: str) -> bool:
        """Say whether a line is energised by a high level."""
        return self.active_high if name in RELAYS else self.small_active_high


def check_lines(numbers: Mapping[str, int]) -> None:
    """Check that each line has a number of its own that the header has.

    Raises:
        ConfigError: one has not.
    """
    used: dict[int, str] = {}
    for name, bcm in numbers.items():
        if not 0 <= bcm <= HIGHEST_BCM:
            raise ConfigError(
                f"{name} is out of range",
                found=bcm,
                expected=f"a Broadcom GPIO number, 0 to {HIGHEST_BCM}",
            )
        if bcm in used:
            raise ConfigError(
                f"{used[bcm]} and {name} are on the same line",
                found=f"GPIO {bcm} twice",
                expected="a line for each",
            )
        used[bcm] = name
