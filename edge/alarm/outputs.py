"""AlarmOutputs: siren, beacon, trouble relay, lamps and buzzer."""

import math

from edge.alarm.buzzer import Buzzer
from edge.alarm.line import Line
from edge.alarm.output_lines import OutputLines
from edge.alarm.pins import Pins
from edge.alarm.state import AlarmState, Level
from edge.contract.errors import GpioError

# The name of a line and whether it is energised now.
Moved = tuple[str, bool]
# What moves by itself, and is no news.
RESTLESS = ("buzzer", "heartbeat")
READBACK_SECONDS = 1.0


class AlarmOutputs:
    """Drives the lines by the alarm state.

    The siren is energised while the alarm sounds, the beacon throughout it. The trouble line
    is energised while all is well, and drops on any fault, on stop and with the power. Until
    the first state is shown nothing is known to be well, so it starts dropped. Each line is
    read back as it is switched, and each second after it.

    Raises:
        GpioError: a line cannot be opened.
    """

    def __init__(self, lines: OutputLines, pins: Pins) -> None:
        self.simulated = pins.simulated
        self._lines: dict[str, Line] = {}
        self._wanted = dict.fromkeys(lines.numbers(), False)
        self._on = dict(self._wanted)
        self._faults: dict[str, GpioError] = {}
        self._state: AlarmState | None = None
        self._buzzer = Buzzer(lines.chirp_seconds, lines.hush_hours * 3600)
        self._readback_at = -math.inf
        try:
            for name, bcm in lines.numbers().items():
                self._lines[name] = pins.line(bcm, active_high=lines.is_active_high(name))
        except GpioError:
            self.close()
            raise

    @property
    def lines(self) -> dict[str, bool]:
        """Return each line's name and whether it is energised."""
        return dict(self._on)

    @property
    def problem(self) -> str | None:
        """Return which lines do not obey, None if all do; it holds until they do again."""
        faults = [f"{name}: {error.line()}" for name, error in self._faults.items()]
        return "; ".join(faults) or None

    @property
    def pattern(self) -> str:
        """Return what the buzzer plays, empty for nothing, whether it is there or not."""
        return self._buzzer.pattern

    def show(self, state: AlarmState) -> list[Moved]:
        """Set the lines for `state`; return those that moved.

        Raises:
            GpioError: a line does not obey; the others are set all the same.
        """
        self._state = state
        wanted = {
            "siren": state.sounding,
            "beacon": state.level is Level.ALARM or state.testing,
            "trouble": state.trouble is None,
            "supervisory": state.supervisory is not None or state.testing,
        }
        return self._set({name: on for name, on in wanted.items() if name in self._lines})

    def beat(self) -> None:
        """Toggle the heartbeat: a frame was judged, and the lines show what came of it.

        Nothing else moves that line, so that a timer behind it can tell a watch that works
        from a kernel that holds its pins.

        Raises:
            GpioError: the line does not obey.
        """
        if "heartbeat" in self._lines:
            self._set({"heartbeat": not self._on["heartbeat"]})

    def tick(self, now: float) -> list[Moved]:
        """Play the buzzer's pattern and read the lines back; `now` is on a steady clock.

        Call it as often as `wait_seconds` asks for, and at least once a second. A line that
        somebody else moved is driven again; those that moved only now are returned.

        Raises:
            GpioError: a line does not obey; the others are set all the same.
        """
        self._buzzer.show(self._state, now)
        wanted = {}
        if "buzzer" in self._lines:
            wanted["buzzer"] = self._buzzer.on(now)
        if now >= self._readback_at:
            self._readback_at = now + READBACK_SECONDS
            wanted = self._wanted | wanted
            self._read_back()
        return self._set(wanted)

    def wait_seconds(self, now: float) -> float:
        """Return in how many seconds `tick` has something to do again, at least 0."""
        beep = self._buzzer.wait_seconds(now) if "buzzer" in self._lines else None
        readback = max(0.0, min(READBACK_SECONDS, self._readback_at - now))
        return readback if beep is None else min(beep, readback)

    def hush(self, now: float) -> None:
        """Keep the buzzer's chirps for what is wrong now away, until something else is."""
        self._buzzer.hush(now)

    def drop(self) -> list[Moved]:
        """De-energise every line: siren and beacon off, trouble told; return those that moved.

        Raises:
            GpioError: a line does not obey; the others are set all the same.
        """
        self._state = None
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
        for name, on in wanted.items():
            if on == self._wanted[name] and name not in self._faults:
                continue
            self._wanted[name] = on
            try:
                self._lines[name].switch(on)
            except GpioError as error:
                self._faults[name] = error
                faults.append(error)
                continue
            self._faults.pop(name, None)
            if on != self._on[name] and name not in RESTLESS:
                moved.append((name, on))
            self._on[name] = on
        if faults:
            raise faults[0]
        return moved

    def _read_back(self) -> None:
        """Note which lines are not where they were put, so that they are driven again."""
        for name, line in self._lines.items():
            try:
                if line.on is not self._wanted[name]:
                    self._faults[name] = GpioError(f"GPIO {line.bcm} was moved by somebody else")
            except GpioError as error:
                self._faults[name] = error
