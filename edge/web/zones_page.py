"""Zones page: parts of the picture are drawn here, and taken over by the watch at once."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.alarm.hours import DAYS
from edge.alarm.zones import MOST_LETTERS, MOST_POINTS, MOST_ZONES, check_zones, zones_from_json
from edge.contract.errors import ConfigError, MachineError
from edge.web.actions import not_kept, sentence
from edge.web.site import Site, body_of, keeper_of


class ZonesPages:
    """The editor, and where it is saved to."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Return what is served here."""
        return [
            Route("/zones", self.page, methods=["GET"]),
            Route("/zones", self.save, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """Show the editor, with the zones of this moment: they may just have been saved."""
        self._site.hub.want_picture()
        snapshot = await run_in_threadpool(self._site.hub.ask_state)
        values = {
            "zones": list(snapshot.zones) if snapshot else [],
            "known": snapshot is not None,
            "limits": {"zones": MOST_ZONES, "points": MOST_POINTS, "letters": MOST_LETTERS},
            "days": DAYS,
            "raise_at": self._site.config.alarm.raise_at,
        }
        return self._site.page(request, "zones.html", values)

    async def save(self, request: Request) -> Response:
        """Check the zones and hand them to the watch."""
        try:
            zones = zones_from_json(body_of(request).get("zones"))
            check_zones(zones, self._site.config.alarm.raise_at)
        except ConfigError as error:
            return self._site.answer(request, sentence(error), "/zones", ok=False, status=400)
        plain = [zone.to_json() for zone in zones]
        try:
            answer = await run_in_threadpool(
                lambda: self._site.hub.do("set-zones", keeper_of(request), zones=plain)
            )
        except MachineError as error:
            return self._site.answer(request, sentence(error), "/zones", ok=False, status=409)
        count = {0: "No zones are set now.", 1: "One zone is set now."}
        message = count.get(len(plain), f"{len(plain)} zones are set now.")
        return self._site.answer(request, message + not_kept(answer), "/zones")
