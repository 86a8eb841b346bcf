"""People: what persons and programs ask the watch to do, each in somebody's name."""

import json
from typing import Any

from edge.alarm.zones import zones_from_json
from edge.contract.errors import InputError
from edge.hand.hand import REFERENCE_FILE, Hand
from edge.store.ticket import Ticket

ZONES_FILE = "zones.json"


class People:
    """Does what is asked and has it logged; the tickets say when it is on the disk."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand

    def do(self, what: str, by: str, request: dict[str, Any]) -> list[Ticket]:
        """Do it, in `by`'s name, and return the tickets of all that must be kept of it.

        `request` is the whole request.

        Raises:
            InputError: there is no such thing to do, or not as things stand.
        """
        hand, now = self._hand, self._hand.now()
        policy, state = hand.judge.policy, None
        detail: dict[str, Any] = {"what": what}
        tickets: list[Ticket] = []
        if what == "silence":
            state = policy.silence(now)
            hand.gear.outputs.hush(hand.gear.clock())
        elif what == "reset":
            state = policy.reset(now)
            tickets += hand.looked_after()
        elif what == "test":
            state = policy.test(now)
        elif what == "end-test":
            state = policy.end_test(now)
        elif what == "keep":
            detail |= self._keep(str(request.get("kind", "false-alarm")), by)
        elif what == "set-zones":
            detail["zones"] = self._set_zones(request.get("zones"), tickets)
        elif what == "accept-scene":
            hand.keeper.tell({"kind": "accept-scene"})
            tickets.append(hand.gear.scribe.file(REFERENCE_FILE, b""))
        else:
            raise InputError(f"the watch cannot do {what!r}")
        tickets.append(hand.journal.note("acknowledged", detail, by=by))
        if state is not None:
            hand.judge.settle(state, now)
        return [*tickets, *hand.settle()]

    def _keep(self, kind: str, by: str) -> dict[str, Any]:
        hand = self._hand
        at = hand.gear.wall().isoformat(timespec="seconds")
        model = "" if hand.hello is None else hand.hello.digest
        tickets = hand.album.recorder.keep(kind, hand.now(), {"by": by, "at": at, "model": model})
        return {"kind": kind, "pictures": len(tickets)}

    def _set_zones(self, given: object, tickets: list[Ticket]) -> list[str]:
        zones = zones_from_json(given)
        self._hand.judge.policy.set_zones(zones)
        self._hand.hold("zones-lost", None)
        text = json.dumps([zone.to_json() for zone in zones], ensure_ascii=False, indent=1)
        tickets.append(self._hand.gear.scribe.file(ZONES_FILE, text.encode() + b"\n"))
        return [zone.name for zone in zones]
