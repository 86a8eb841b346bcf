"""ButtonSettings: which GPIO line each button is on, and how it is pressed."""

from dataclasses import dataclass

from edge.alarm.output_lines import check_lines
from edge.contract.errors import ConfigError
from edge.contract.setting import setting

BUTTONS = ("silence", "reset", "test")
MOST_HOLD_SECONDS = 20.0
MOST_BOUNCE_SECONDS = 1.0


@dataclass(frozen=True)
class ButtonSettings:
    """The buttons, by Broadcom numbers of their lines; one that is left out is not there.

    Raises:
        ConfigError: a line that the header does not have or that is used twice, or a time
            out of range.
    """

    silence: int | None = setting(None, "stops the siren; the beacon stays", example=5)
    reset: int | None = setting(None, "ends an alarm whose hazard is gone", example=6)
    test: int | None = setting(
        None, "held: sounds everything; a short press ends the test", example=13
    )
    to_ground: bool = setting(
        True, "a press connects the line to ground; false: to 3.3 V (never to 5 V)"
    )
    hold_silence_seconds: float = setting(0.0, "so long a press counts; 0 is at once")
    hold_reset_seconds: float = setting(3.0, "so long a press counts; 0 is at once")
    hold_test_seconds: float = setting(3.0, "so long a press counts; a shorter one ends a test")
    bounce_seconds: float = setting(0.03, "a contact must rest so long to be believed")
    stuck_seconds: float = setting(30.0, "a button held longer than this is a trouble")

    def __post_init__(self) -> None:
        check_lines(self.numbers())
        least = {"hold_silence_seconds": 0.0, "hold_reset_seconds": 0.0, "hold_test_seconds": 0.5}
        for name, low in least.items():
            _demand(name, getattr(self, name), low, MOST_HOLD_SECONDS)
        _demand("bounce_seconds", self.bounce_seconds, 0.0, MOST_BOUNCE_SECONDS)
        _demand("stuck_seconds", self.stuck_seconds, MOST_HOLD_SECONDS, 3600.0)

    def numbers(self) -> dict[str, int]:
        """Return the Broadcom number of each button that is there by its name."""
        given = {name: getattr(self, name) for name in BUTTONS}
        return {name: bcm for name, bcm in given.items() if bcm is not None}

    def hold_seconds(self, name: str) -> float:
        """Return how long a button must be held."""
        return float(getattr(self, f"hold_{name}_seconds"))


def _demand(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(
            f"{name} is out of range", found=value, expected=f"{low:g} to {high:g} seconds"
        )
