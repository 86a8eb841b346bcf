"""app: the pages, behind their guard, as one application."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from edge.web.actions import Actions
from edge.web.events_page import EventsPages
from edge.web.guard import Guard
from edge.web.live import LivePages
from edge.web.login import LoginPages
from edge.web.machines import machine_routes
from edge.web.settings_page import SettingsPages
from edge.web.site import STATIC, Site, login_of
from edge.web.stream import Bell
from edge.web.zones_page import ZonesPages

# What blocks (the hand's socket, the event log, a password's hash) runs in so many threads.
THREADS = 8


def make_app(site: Site) -> Starlette:
    """Return the application; the hub is followed from its start until its end."""
    bell = Bell()
    live = LivePages(site, bell)
    routes: list[BaseRoute] = [
        *live.routes(),
        *EventsPages(site).routes(),
        *ZonesPages(site).routes(),
        *SettingsPages(site).routes(),
        *Actions(site).routes(),
        *LoginPages(site).routes(),
        *machine_routes(site),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        import anyio.to_thread

        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        bell.begin()
        site.hub.woken = bell.ring
        site.hub.start()
        yield
        site.hub.close()

    async def not_found(request: Request, _error: Exception) -> Response:
        if login_of(request) is None:
            return PlainTextResponse("not found", 404)
        values = {"headline": "There is no such page", "message": "", "back": "/"}
        return site.page(request, "message.html", values, 404)

    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, site=site)],
        exception_handlers={404: not_found},
        lifespan=lifespan,
    )
