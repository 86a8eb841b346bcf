"""LeavingFactory: gpiozero's lgpio pins, whose outputs are left as they are at the end.

Import it only where lgpio is there: it makes a pipe in LG_WD at once.
"""

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class LeavingPin(LGPIOPin):  # type: ignore[misc]
    """A pin that, as an output, begins at its level and is left at it.

    gpiozero turns a closed pin into an input with no pull: the input of a relay board would
    float. It also claims an output low before it sets the level, which a board that is
    active low answers with a click.
    """

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
    """Opens the header's chip (0; on a Pi 5 with an older kernel 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.pin_class = LeavingPin

    def user(self, bcm: int) -> str:
        """Return who holds a line, empty for nobody."""
        *_, user = lgpio.gpio_get_line_info(self._handle, bcm)
        return str(user)
