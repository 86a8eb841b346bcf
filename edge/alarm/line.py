"""Line and InputLine: one GPIO line each, opened by `edge.alarm.pins`."""

from typing import Any

from edge.contract.errors import GpioError


class Line:
    """One output line; switched off when it is opened and when it is closed."""

    def __init__(self, device: Any, bcm: int) -> None:
        self.bcm = bcm
        self._device = device

    @property
    def on(self) -> bool:
        """Say whether the line is energised, by the level read back from the pin.

        Raises:
            GpioError: the pin cannot be read.
        """
        try:
            return bool(self._device.value)
        except Exception as error:
            raise GpioError(f"GPIO {self.bcm} cannot be read: {error}") from error

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


class InputLine:
    """One input line; tells whoever opened it, in a thread of the GPIO library, that it moved."""

    def __init__(self, device: Any, bcm: int) -> None:
        self.bcm = bcm
        self._device = device

    @property
    def on(self) -> bool:
        """Say whether the contact is closed now.

        Raises:
            GpioError: the pin cannot be read.
        """
        try:
            return bool(self._device.value)
        except Exception as error:
            raise GpioError(f"GPIO {self.bcm} cannot be read: {error}") from error

    def close(self) -> None:
        """Give the pin back."""
        self._device.close()
