"""Line and InputLine: one GPIO line each, opened by `edge.alarm.pins`."""

from typing import Any

from edge.contract.errors import GpioError


class _Contact:
    """What both have: a number and a level that is read back from the pin."""

    def __init__(self, device: Any, bcm: int) -> None:
        self.bcm = bcm
        self._device = device

    @property
    def on(self) -> bool:
        """Say whether an output is energised or an input's contact closed, read from the pin.

        Raises:
            GpioError: the pin cannot be read.
        """
        try:
            return bool(self._device.value)
        except Exception as error:
            raise GpioError(f"GPIO {self.bcm} cannot be read: {error}") from error


class Line(_Contact):
    """One output line; switched off when it is opened and when it is closed."""

    def switch(self, on: bool) -> None:
        """Energise the line or let it drop, and read it back.

        Raises:
            GpioError: the pin does not obey.
        """
        try:
            self._device.value = on
        except Exception as error:
            raise GpioError(f"GPIO {self.bcm} cannot be driven: {error}") from error
        if self.on is not on:
            raise GpioError(
                f"GPIO {self.bcm} does not follow: it stays {'off' if on else 'on'}",
                next_step="look for a short circuit on that pin",
            )

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


class InputLine(_Contact):
    """One input line; tells whoever opened it, in a thread of the GPIO library, that it moved."""

    def close(self) -> None:
        """Give the pin back."""
        self._device.close()
