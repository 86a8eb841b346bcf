"""Buttons: silence, reset and test, pressed by hand."""

import socket
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from time import monotonic

from edge.alarm.button_settings import ButtonSettings
from edge.alarm.line import InputLine
from edge.alarm.pins import Pins
from edge.alarm.press import Press
from edge.contract.errors import GpioError

SHORT = {"test": "end-test"}
MOST_MOVES = 1000


class Buttons:
    """Tells what was pressed, inside somebody else's loop; no call of it ever waits.

    The GPIO library tells of a contact in a thread of its own, which only notes it and wakes
    whoever selects on `fileno`. `clock` returns seconds that never go back.

    Raises:
        GpioError: a line cannot be opened.
    """

    def __init__(
        self, settings: ButtonSettings, pins: Pins, clock: Callable[[], float] = monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._moves: SimpleQueue[tuple[str, bool, float]] = SimpleQueue()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._lines: dict[str, InputLine] = {}
        self._presses: dict[str, Press] = {}
        self._unreadable: dict[str, str] = {}
        try:
            for name, bcm in settings.numbers().items():
                self._presses[name] = Press(settings.hold_seconds(name), settings.bounce_seconds)
                self._lines[name] = pins.contact(
                    bcm, self._notes(name), to_ground=settings.to_ground
                )
                self._presses[name].update(self._lines[name].on, clock())
        except GpioError:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor that is readable when a contact moved."""
        return self._woken.fileno()

    def presses(self) -> list[str]:
        """Return what was pressed since the last call, in order.

        `silence`, `reset`, `test`; `end-test` for a short press of the test button. Call it
        when `fileno` is readable and a few times a second: a button that is held down does
        not move.
        """
        self._drain()
        found = []
        while (move := self._next_move()) is not None:
            name, closed, at = move
            found += self._update(name, closed, at)
        now = self._clock()
        for name, line in self._lines.items():
            try:
                closed = line.on
            except GpioError as error:
                self._unreadable[name] = error.line()
                continue
            self._unreadable.pop(name, None)
            found += self._update(name, closed, now)
        return found

    @property
    def problem(self) -> str | None:
        """Return what is wrong with the buttons, None if nothing: stuck, or not to be read."""
        now, limit = self._clock(), self._settings.stuck_seconds
        stuck = [
            f"the {name} button is stuck: down for more than {limit:g} seconds"
            for name, press in self._presses.items()
            if press.held_seconds(now) > limit
        ]
        return "; ".join([*stuck, *self._unreadable.values()]) or None

    def close(self) -> None:
        """Give the pins back; it may come twice."""
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.close()
        self._waker.close()
        self._woken.close()

    def _notes(self, name: str) -> Callable[[bool], None]:
        def note(closed: bool) -> None:
            # A contact that chatters faster than the loop reads must not fill the memory:
            # its level is read again in any case.
            if self._moves.qsize() < MOST_MOVES:
                self._moves.put((name, closed, self._clock()))
            with suppress(OSError):  # full: it is awake; closed: nobody listens any more
                self._waker.send(b"!")

        return note

    def _drain(self) -> None:
        with suppress(OSError):
            while self._woken.recv(4096):
                pass

    def _next_move(self) -> tuple[str, bool, float] | None:
        try:
            return self._moves.get_nowait()
        except Empty:
            return None

    def _update(self, name: str, closed: bool, at: float) -> list[str]:
        gestures = self._presses[name].update(closed, at)
        named = [name if gesture == "held" else SHORT.get(name, "") for gesture in gestures]
        return [gesture for gesture in named if gesture]
