"""Doors: how people and programs reach the hand: the buttons and the control socket."""

import selectors
from contextlib import suppress
from typing import Any

from edge.alarm.buttons import Buttons
from edge.alarm.outputs import RESTLESS
from edge.contract.condition import Condition
from edge.contract.errors import InputError, MachineError
from edge.hand.desk import Desk
from edge.hand.hand import Hand
from edge.hand.hearsay import Hearsay
from edge.hand.people import People
from edge.hand.portrait import snapshot
from edge.link.address import control_path
from edge.link.control_server import ControlServer
from edge.link.snapshot import Snapshot

PUBLISH_SECONDS = 1.0


class Doors:
    """Opens both, and closes them. Without a control socket the watch goes on, and says so."""

    def __init__(self, hand: Hand, buttons: Buttons, *, simulated: bool) -> None:
        self._hand = hand
        self._gear = hand.gear
        self._buttons = buttons
        self._simulated = simulated
        self._published: tuple[float, Any] = (float("-inf"), None)
        self._people = People(hand)
        hearsay = Hearsay(hand.hold)
        desk = Desk(
            self.snapshot,
            lambda: hand.album.picture,
            hand.album.history,
            self._people,
            lambda told: hearsay.hear(told, hand.gear.clock()),
        )
        self._server: ControlServer | None = None
        path = control_path(self._gear.config.store.folder)
        try:
            self._server = ControlServer(path, self._gear.selector, desk.answer)
        except MachineError as error:
            hand.add(Condition("supervisory", "control", error.line()))
        self._gear.selector.register(buttons, selectors.EVENT_READ, self)
        self._gear.selector.register(self._gear.scribe, selectors.EVENT_READ, self)
        hand.every_tick += [self.tick, hearsay.tick]

    def ready(self, key: selectors.SelectorKey, _events: int) -> None:
        """Do what a button asks for; send the answers that waited for the disk."""
        if key.fileobj is self._buttons:
            self._press()
        else:
            self._gear.scribe.heard()
            if self._server is not None:
                self._server.settle()

    def tick(self, now: float) -> None:
        """Read the buttons that are held; publish the state, at once if it changed."""
        self._press()
        problem = self._buttons.problem
        self._hand.hold("buttons", Condition("trouble", "buttons", problem) if problem else None)
        if self._server is None:
            return
        self._server.settle()
        if not self._server.followed:
            return
        state, lines = self._hand.judge.verdict.state, self._gear.outputs.lines
        lines = {name: on for name, on in lines.items() if name not in RESTLESS}
        held = [one.source for one, _ in self._hand.journal.open]
        words = (self._hand.journal.name, state.sounding, state.silenced, state.testing)
        news = (words, lines, held)
        if news != self._published[1] or now - self._published[0] >= PUBLISH_SECONDS:
            self._published = (now, news)
            self._server.publish(self.snapshot().to_json())

    def snapshot(self) -> Snapshot:
        """Return the state of the whole watch."""
        hand, gear = self._hand, self._gear
        now = gear.clock()
        last = hand.tallies.heard_s
        return snapshot(
            gear.wall(),
            hand.journal,
            hand.judge,
            hand.hello,
            hand.last,
            hand.tallies,
            gear.scribe.writes(),
            lines=gear.outputs.lines,
            simulated_gpio=self._simulated,
            frame_age_s=None if last is None else round(now - last, 2),
            uptime_s=round(now - hand.began_s, 1),
            eye_restarts=hand.keeper.restarts,
        )

    def close(self) -> None:
        """Close the socket; the buttons are their opener's."""
        self._gear.selector.unregister(self._buttons)
        with suppress(KeyError, ValueError):
            self._gear.selector.unregister(self._gear.scribe)
        if self._server is not None:
            self._server.close()

    def _press(self) -> None:
        for what in self._buttons.presses():
            with suppress(InputError):  # a reset while it burns: the siren goes on, and tells
                self._people.do(what, "a button", {})
