"""leaving_factory: gpiozero's lgpio pins, whose outputs are left as they are at the end."""

from typing import Any


def leaving_factory() -> Any:
    """Open the header's chip (0; on a Pi 5 with an older kernel 4) and return its pin factory.

    gpiozero turns a closed pin into an input with no pull: the input of a relay board would
    float. It also claims an output low before it sets the level, which a board that is active
    low answers with a click. Pins of this factory begin at their level, and outputs stay.
    `user(bcm)` of it says who holds a line, empty for nobody.

    Raises:
        ImportError: lgpio is not installed, or LG_WD, where it makes a pipe, is not writable.
        Exception: what lgpio raises where the chip cannot be opened.
    """
    # The classes are made here because lgpio makes a pipe as soon as it is imported.
    import lgpio
    from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin

    class LeavingPin(LGPIOPin):  # type: ignore[misc]
        """A pin that, as an output, begins at its level and is left at it."""

        def output_with_state(self, state: float) -> None:
            """Claim the line as an output at this level, and pull it there for afterwards."""
            pull = lgpio.SET_PULL_UP if state else lgpio.SET_PULL_DOWN
            lgpio.gpio_claim_output(self.factory._handle, self._number, int(bool(state)), pull)

        def close(self) -> None:
            """Leave an output as it is; the factory's end lets go of the line."""
            if self.factory._handle is None or self.function == "output":
                return
            super().close()

    class LeavingFactory(LGPIOFactory):  # type: ignore[misc]
        """Opens the chip with such pins."""

        def __init__(self) -> None:
            super().__init__()
            self.pin_class = LeavingPin

        def user(self, bcm: int) -> str:
            """Return who holds a line, empty for nobody."""
            *_, user = lgpio.gpio_get_line_info(self._handle, bcm)
            return str(user)

    return LeavingFactory()
