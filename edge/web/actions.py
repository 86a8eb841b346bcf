"""Actions: what a keeper has the watch do, in the keeper's name."""

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.contract.errors import EmberwatchError, MachineError
from edge.web.site import Site, body_of, keeper_of

# What the watch is told to do, and what is said when it did.
DONE = {
    "silence": "The siren is silenced. The beacon stays on until the alarm is reset.",
    "reset": "The alarm is reset.",
    "test": "The test runs: siren and beacon are driven.",
    "end-test": "The test is over.",
    "false-alarm": "The last minute's pictures are kept as a false alarm, for retraining.",
    "missed": "The last minute's pictures are kept as a missed fire, for retraining.",
}
KEPT = ("false-alarm", "missed")


class Actions:
    """One address, for all buttons."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Return what is served here."""
        return [Route("/do", self.act, methods=["POST"])]

    async def act(self, request: Request) -> Response:
        """Have the watch do it, and say what came of it."""
        what = str(body_of(request).get("what", ""))
        if what not in DONE:
            return self._site.answer(request, "There is no such button.", "/", ok=False, status=400)
        try:
            answer = await run_in_threadpool(self._do, what, keeper_of(request))
        except MachineError as error:
            return self._site.answer(request, sentence(error), "/", ok=False, status=409)
        return self._site.answer(request, DONE[what] + not_kept(answer), "/")

    def _do(self, what: str, by: str) -> dict[str, Any]:
        if what in KEPT:
            return self._site.hub.do("keep", by, kind=what)
        return self._site.hub.do(what, by)


def not_kept(answer: Mapping[str, Any]) -> str:
    """Return what is to be added where the watch did it and its disk did not."""
    return "" if answer.get("durable", True) else " It could not be written down: see the disk."


def sentence(error: EmberwatchError) -> str:
    """Return an error as a sentence on the page."""
    line = error.line()
    return line[:1].upper() + line[1:] + ("" if line.endswith(".") else ".")
