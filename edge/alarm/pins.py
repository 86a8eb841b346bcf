"""Pins: the machine's GPIO lines, or simulated ones; the one place that knows gpiozero."""

from pathlib import Path
from typing import Any

from edge.contract.errors import GpioError, MissingPackage

INSTALL = "pip install 'emberwatch-edge[gpio]'"


class Line:
    """One output line; switched off when it is opened and when it is closed."""

    def __init__(self, device: Any, bcm: int) -> None:
        self.bcm = bcm
        self._device = device

    @property
    def on(self) -> bool:
        """Say whether the line is energised."""
        return bool(self._device.value)

    def switch(self, on: bool) -> None:
        """Energise the line or let it drop.

        Raises:
            GpioError: the pin does not obey.
        """
        try:
            self._device.value = on
        except Exception as error:
            raise GpioError(f"GPIO {self.bcm} cannot be driven: {error}") from error

    def close(self) -> None:
        """Let the line drop and give the pin back; it is given back in any case.

        Raises:
            GpioError: the pin does not obey.
        """
        if self._device.closed:
            return
        try:
            self.switch(False)
        finally:
            self._device.close()


class Pins:
    """Opens output lines through one gpiozero pin factory, which it closes at the end.

    The factory is handed on by name: gpiozero's global one is neither read nor set.
    """

    def __init__(self, factory: Any, *, simulated: bool) -> None:
        self.simulated = simulated
        self._factory = factory

    def line(self, bcm: int, *, active_high: bool = True) -> Line:
        """Open a line by its Broadcom number, de-energised.

        Raises:
            GpioError: the pin is in use, unknown or not to be driven.
        """
        from gpiozero import DigitalOutputDevice

        try:
            device = DigitalOutputDevice(
                bcm, active_high=active_high, initial_value=False, pin_factory=self._factory
            )
        except Exception as error:
            raise GpioError(
                f"GPIO {bcm} cannot be opened: {error}",
                next_step="see `gpioinfo` for who holds it, or choose another in [outputs]",
            ) from error
        return Line(device, bcm)

    def close(self) -> None:
        """Give every pin back."""
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
    try:
        from gpiozero.pins.lgpio import LGPIOFactory

        return Pins(LGPIOFactory(), simulated=False)
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


def _check_gpiozero() -> None:
    try:
        import gpiozero  # noqa: F401
    except ImportError as error:
        raise MissingPackage(
            "gpiozero is not usable here", found=error, next_step=INSTALL
        ) from error
