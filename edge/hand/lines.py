"""Lines: the outputs as the hand drives them; one that does not obey is a trouble, no crash."""

from collections.abc import Callable

from edge.alarm.outputs import AlarmOutputs, Moved
from edge.alarm.state import AlarmState
from edge.contract.condition import Condition
from edge.contract.errors import GpioError


class Lines:
    """Moves the lines and says which moved; `conditions` say what does not obey."""

    def __init__(self, outputs: AlarmOutputs) -> None:
        self._outputs = outputs
        self.conditions: tuple[Condition, ...] = ()

    def show(self, state: AlarmState) -> list[Moved]:
        """Set the lines for a state."""
        return self._drive(lambda: self._outputs.show(state))

    def beat(self) -> None:
        """Toggle the heartbeat: a frame was judged and the lines show what came of it."""
        self._drive(self._outputs.beat)

    def tick(self, now: float) -> None:
        """Play the buzzer and read the lines back."""
        self._drive(lambda: self._outputs.tick(now))

    def drop(self) -> list[Moved]:
        """De-energise all."""
        return self._drive(self._outputs.drop)

    def _drive(self, move: Callable[[], list[Moved] | None]) -> list[Moved]:
        before = self._outputs.lines
        try:
            moved = move()
        except GpioError as error:
            self.conditions = (Condition("trouble", "pins", error.line()),)
            after = self._outputs.lines
            return [(name, on) for name, on in after.items() if on != before[name]]
        if self.conditions and self._outputs.problem is None:
            self.conditions = ()
        return moved or []
