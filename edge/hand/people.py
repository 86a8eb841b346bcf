"""People: what persons and programs ask the watch to do, each in somebody's name."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from edge.alarm.outputs import AlarmOutputs
from edge.alarm.zones import zones_from_json
from edge.contract.errors import InputError
from edge.hand.journal import Journal
from edge.hand.judge import Judge
from edge.store.recorder import Recorder
from edge.store.scribe import Scribe
from edge.store.ticket import Ticket

ZONES_FILE = "zones.json"


class People:
    """Does what is asked and has it logged; the tickets say when it is on the disk.

    `judge` returns the judge of this moment; `settle` is called after anything that may have
    changed the state, and returns what it has had written. Every `now` is on the judge's
    clock.
    """

    def __init__(
        self,
        judge: Callable[[], Judge],
        journal: Journal,
        scribe: Scribe,
        recorder: Recorder,
        outputs: AlarmOutputs,
        settle: Callable[[], list[Ticket]],
    ) -> None:
        self._judge = judge
        self._journal = journal
        self._scribe = scribe
        self._recorder = recorder
        self._outputs = outputs
        self._settle = settle

    def do(
        self, what: str, by: str, request: dict[str, Any], now: float, steady: float
    ) -> list[Ticket]:
        """Do it, in `by`'s name, and return the tickets of all that must be kept of it.

        `request` is the whole request, `steady` the monotonic clock's time.

        Raises:
            InputError: there is no such thing to do, or not as things stand.
        """
        policy, state = self._judge().policy, None
        detail: dict[str, Any] = {"what": what}
        tickets: list[Ticket] = []
        if what == "silence":
            state = policy.silence(now)
            self._outputs.hush(steady)
        elif what == "reset":
            state = policy.reset(now)
        elif what == "test":
            state = policy.test(now)
        elif what == "end-test":
            state = policy.end_test(now)
        elif what == "keep":
            detail |= self._keep(str(request.get("kind", "false-alarm")), by, now)
        elif what == "set-zones":
            detail["zones"] = self._set_zones(request.get("zones"), tickets)
        else:
            raise InputError(f"the watch cannot do {what!r}")
        tickets.append(self._journal.note("acknowledged", detail, by=by))
        if state is not None:
            self._judge().settle(state, now)
        return [*tickets, *self._settle()]

    def _keep(self, kind: str, by: str, now: float) -> dict[str, Any]:
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        tickets = self._recorder.keep(kind, now, {"by": by, "at": at})
        return {"kind": kind, "pictures": len(tickets)}

    def _set_zones(self, given: object, tickets: list[Ticket]) -> list[str]:
        zones = zones_from_json(given)
        self._judge().policy.set_zones(zones)
        text = json.dumps([zone.to_json() for zone in zones], ensure_ascii=False, indent=1)
        tickets.append(self._scribe.file(ZONES_FILE, text.encode() + b"\n"))
        return [zone.name for zone in zones]
