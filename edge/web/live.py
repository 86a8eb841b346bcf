"""Live: the first page: picture, state, hazard of the last hour, and what keeps them fresh."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from edge.contract.errors import EmberwatchError
from edge.web.chart import SECONDS, Chart, draw
from edge.web.site import Login, Site, login_of
from edge.web.stream import Bell, Messages, Stream


class LivePages:
    """The live page and its parts; `bell` rings when there is something new."""

    def __init__(self, site: Site, bell: Bell) -> None:
        self._site = site
        self._bell = bell
        self._messages = Messages()

    def routes(self) -> list[Route]:
        """Return what is served here."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/live/events", self.events, methods=["GET"]),
            Route("/live/picture.jpg", self.picture, methods=["GET"]),
            Route("/live/chart", self.chart, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """Show the page, with what is known at this moment."""
        self._site.hub.want_picture()
        return await run_in_threadpool(self._page, request)

    async def events(self, request: Request) -> Response:
        """Tell what is new, for as long as somebody looks."""
        site, login = self._site, login_of(request)
        if request.method == "HEAD":  # nobody who looks, and nothing that would end
            return Response(status_code=405)
        if site.hub.viewers >= site.config.web.viewers:
            refused = PlainTextResponse("too many look at once", 503)
            refused.headers["Retry-After"] = "20"
            return refused
        token = request.cookies.get(site.cookie, "")
        stream = Stream(
            site.hub,
            self._bell,
            self._messages,
            site.config.web.pictures_per_second,
            lambda: _may_look(site, token, login),
        )
        return _Streamed(stream)

    async def picture(self, request: Request) -> Response:
        """Return the newest picture."""
        hub = self._site.hub
        hub.want_picture()
        picture = hub.seen.picture
        if picture is None or self._site.clock() - picture.had_s > 1.0:
            picture = await run_in_threadpool(hub.picture)
        if picture is None:
            return PlainTextResponse("there is no picture", 404)
        return Response(picture.jpeg, media_type="image/jpeg")

    async def chart(self, request: Request) -> Response:
        """Return the drawing of the last hour, a part of the page."""
        chart = await run_in_threadpool(self._chart)
        return self._site.page(request, "chart.html", {"chart": chart})

    def _page(self, request: Request) -> Response:
        snapshot = self._site.hub.seen.snapshot
        values = {
            "chart": self._chart(),
            "zones": list(snapshot.zones) if snapshot else [],
        }
        return self._site.page(request, "live.html", values)

    def _chart(self) -> Chart | None:
        try:
            points = self._site.hub.history(SECONDS)
        except (EmberwatchError, TypeError, ValueError):
            return None
        return draw(points, self._site.wall(), self._site.config.alarm.raise_at)


class _Streamed(Response):
    """A stream where a framework expects a response."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream(scope, receive, send)


def _may_look(site: Site, token: str, login: Login | None) -> bool:
    """Say whether the login still holds: signed out, or a new password, ends what is open."""
    try:
        found = site.sessions.find(token, site.users.all())
    except EmberwatchError:
        return False
    return found is not None and login is not None and found[1].name == login.user.name
