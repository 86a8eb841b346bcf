"""Pins: the machine's GPIO lines, or simulated ones; the one place that knows gpiozero."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge.alarm.line import InputLine, Line
from edge.contract.errors import GpioError, MissingPackage

INSTALL = "pip install 'emberwatch-edge[gpio]'"
# lgpio makes a pipe in this folder as soon as it is imported; without it, in the current one.
LGPIO_FOLDER = "LG_WD"


class Pins:
    """Opens lines through one gpiozero pin factory, which it closes at the end.

    The factory is handed on by name: gpiozero's global one is neither read nor set.
    """

    def __init__(self, factory: Any, *, simulated: bool) -> None:
        self.simulated = simulated
        self._factory = factory

    def line(self, bcm: int, *, active_high: bool = True) -> Line:
        """Open an output line by its Broadcom number, de-energised.

        Raises:
            GpioError: the pin is in use, unknown or not to be driven.
        """
        from gpiozero import DigitalOutputDevice

        try:
            device = DigitalOutputDevice(
                bcm, active_high=active_high, initial_value=False, pin_factory=self._factory
            )
        except Exception as error:
            raise _not_opened(bcm, error, "outputs") from error
        return Line(device, bcm)

    def contact(self, bcm: int, moved: Callable[[bool], object], *, to_ground: bool) -> InputLine:
        """Open an input line with a contact to ground or to 3.3 V, pulled the other way.

        `moved` is told in a thread of the GPIO library whether the contact is closed now.

        Raises:
            GpioError: the pin is in use or unknown.
        """
        from gpiozero import DigitalInputDevice

        try:
            device = DigitalInputDevice(bcm, pull_up=to_ground, pin_factory=self._factory)
            device.when_activated = lambda: moved(True)
            device.when_deactivated = lambda: moved(False)
        except Exception as error:
            raise _not_opened(bcm, error, "buttons") from error
        return InputLine(device, bcm)

    def user(self, bcm: int) -> str | None:
        """Return who holds a line now, empty for nobody; None where that cannot be known."""
        asked = getattr(self._factory, "user", None)
        return None if asked is None else str(asked(bcm))

    def close(self) -> None:
        """Give every pin back; outputs stay as they were left, where the kernel lets them."""
        self._factory.close()


def real_pins(devices: Path = Path("/dev")) -> Pins:
    """Open this machine's GPIO; never a stand-in for it.

    Raises:
        GpioError: there is none here, or it cannot be opened.
        MissingPackage: gpiozero is not installed.
    """
    if not any(devices.glob("gpiochip*")):
        raise GpioError(
            "this machine has no GPIO, so no siren could sound",
            found=f"no {devices}/gpiochip*",
            expected="a Raspberry Pi",
            next_step="run it on the Pi; to try it here without pins add --simulate-gpio",
        )
    _check_gpiozero()
    if not Path(os.environ.get(LGPIO_FOLDER) or "/nowhere").is_dir():
        # Its default, the current folder, may be read-only, and would keep what it leaves; a
        # service's own is there only while it runs. One for each user: a pipe that another
        # user's process left in a shared folder cannot be replaced.
        own = Path(tempfile.gettempdir()) / f"emberwatch-{os.getuid()}"
        with suppress(OSError):  # lgpio says what is wrong
            own.mkdir(mode=0o700, exist_ok=True)
        os.environ[LGPIO_FOLDER] = str(own)
    try:
        from edge.alarm.lgpio_factory import leaving_factory

        return Pins(leaving_factory(), simulated=False)
    except ImportError as error:
        raise GpioError(
            "the GPIO library lgpio is not usable here, so no siren could sound",
            found=error,
            next_step=f"{INSTALL}; to try it without pins add --simulate-gpio",
        ) from error
    except Exception as error:
        raise GpioError(
            f"the GPIO cannot be opened: {error or type(error).__name__}",
            next_step="on a Pi, add the user to the group gpio and set LG_WD to a folder that it "
            "may write; elsewhere, to try it without pins, add --simulate-gpio",
        ) from error


def simulated_pins() -> Pins:
    """Make pins that exist in memory alone.

    Raises:
        MissingPackage: gpiozero is not installed.
    """
    _check_gpiozero()
    from gpiozero.pins.mock import MockFactory

    return Pins(MockFactory(), simulated=True)


def _not_opened(bcm: int, error: Exception, section: str) -> GpioError:
    return GpioError(
        f"GPIO {bcm} cannot be opened: {error}",
        next_step=f"see `emberwatch-edge pins show` for who holds it, or choose another in "
        f"[{section}]",
    )


def _check_gpiozero() -> None:
    try:
        import gpiozero  # noqa: F401
    except ImportError as error:
        raise MissingPackage(
            "gpiozero is not usable here", found=error, next_step=INSTALL
        ) from error
