"""AlarmOutputs: siren, beacon and trouble relay."""

from dataclasses import dataclass

from edge.alarm.pins import Line, Pins
from edge.alarm.state import AlarmState, Level
from edge.contract.errors import ConfigError, GpioError
from edge.contract.setting import setting

# The name of a line and whether it is energised now.
Moved = tuple[str, bool]
HIGHEST_BCM = 27


@dataclass(frozen=True)
class OutputLines:
    """Which GPIO line does what, by Broadcom numbers.

    `active_high` is false for relay boards that switch on when their input is pulled low.

    Raises:
        ConfigError: a number that the header does not have, or one used twice.
    """

    siren: int = setting(17, "energised in an alarm")
    beacon: int = setting(27, "energised in an alarm")
    trouble: int = setting(22, "energised while all is well; drops on any fault and on stop")
    active_high: bool = setting(True, "false for relay boards that switch on when pulled low")

    def __post_init__(self) -> None:
        used: dict[int, str] = {}
        for name, bcm in self.numbers().items():
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

    def numbers(self) -> dict[str, int]:
        """Return the Broadcom number of each line by its name."""
        return {"siren": self.siren, "beacon": self.beacon, "trouble": self.trouble}


class AlarmOutputs:
    """Drives the lines by the alarm state.

    Siren and beacon are energised in an alarm. The trouble line is energised while all is
    well, and drops on any fault, on stop and with the power. Until the first state is shown
    nothing is known to be well, so it starts dropped.

    Raises:
        GpioError: a line cannot be opened.
    """

    def __init__(self, lines: OutputLines, pins: Pins) -> None:
        self.simulated = pins.simulated
        self._lines: dict[str, Line] = {}
        self._on = dict.fromkeys(lines.numbers(), False)
        try:
            for name, bcm in lines.numbers().items():
                self._lines[name] = pins.line(bcm, active_high=lines.active_high)
        except GpioError:
            self.close()
            raise

    def show(self, state: AlarmState) -> list[Moved]:
        """Set the lines for `state`; return those that moved.

        Raises:
            GpioError: a line does not obey; the others are set all the same.
        """
        alarm = state.level is Level.ALARM
        well = state.trouble is None
        return self._set({"siren": state.sounding, "beacon": alarm, "trouble": well})

    def drop(self) -> list[Moved]:
        """De-energise every line: siren and beacon off, trouble told; return those that moved.

        Raises:
            GpioError: a line does not obey; the others are set all the same.
        """
        return self._set(dict.fromkeys(self._lines, False))

    def close(self) -> None:
        """Drop every line and give the pins back.

        Raises:
            GpioError: a line does not obey; the others are closed all the same.
        """
        lines, self._lines = self._lines, {}
        faults = []
        for line in lines.values():
            try:
                line.close()
            except GpioError as error:
                faults.append(error)
        if faults:
            raise faults[0]

    def _set(self, wanted: dict[str, bool]) -> list[Moved]:
        moved, faults = [], []
        for name, line in self._lines.items():
            if wanted[name] == self._on[name]:
                continue
            try:
                line.switch(wanted[name])
            except GpioError as error:
                faults.append(error)
                continue
            self._on[name] = wanted[name]
            moved.append((name, wanted[name]))
        if faults:
            raise faults[0]
        return moved
