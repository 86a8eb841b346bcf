"""Machines: /healthz and /metrics, for programs that ask by themselves."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.house.metrics import health_page, routes
from edge.link.snapshot import Snapshot
from edge.web.site import Site


def machine_routes(site: Site) -> list[Route]:
    """Return the routes; without prometheus-client (`emberwatch-edge[house]`) health alone."""

    def state() -> Snapshot | None:
        seen = site.hub.seen
        return seen.snapshot if seen.problem is None else None

    async def healthz(_request: Request) -> Response:
        status, body = health_page(state)
        return Response(body, status, media_type="application/json")

    try:
        return routes(state)
    except ImportError:
        return [Route("/healthz", healthz)]
