"""Guard: stands before every page: who asks, may they, and what the answer's headers forbid."""

import asyncio
import ipaddress
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.contract.errors import StorageError
from edge.web.site import ASKED_BY_SCRIPT, Login, Site, by_script

# Zones with all their corners are the longest that anybody sends.
MOST_BODY_BYTES = 128 << 10
MOST_FIELDS = 50
BODY_SECONDS = 15.0
# Served to everybody: the looks of the login page. To programs on this machine: health and
# metrics; to open these to the network without a login is [metrics]' business.
STATIC = "/static/"
MACHINES = ("/healthz", "/metrics")
LOGIN, LOGOUT = "/login", "/logout"
SAFE = ("GET", "HEAD")

POLICY = (
    "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# No Strict-Transport-Security: with a self-signed certificate a browser that was told so once
# lets nobody in any more, and a changed camera would lock its keeper out.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Refused(Exception):
    """A request that goes no further; carries its answer."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(response.status_code)


class Guard:
    """Lets a request through with its `login` and its `body` in `state`, or answers it itself."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _harden(MutableHeaders(scope=message), scope["path"])
            await send(message)

        request = Request(scope, receive)
        try:
            state = await self._admit(request)
        except Refused as refused:
            await refused.response(scope, receive, send_guarded)
            return
        scope.setdefault("state", {}).update(state)
        await self._app(scope, receive, send_guarded)

    async def _admit(self, request: Request) -> dict[str, Any]:
        path = request.url.path
        if path.startswith(STATIC) or (path in MACHINES and _from_this_machine(request)):
            if request.method not in SAFE:
                raise Refused(PlainTextResponse("method not allowed", 405))
            return {}
        login = self._login(request)
        if request.method in SAFE:
            if login is None and path != LOGIN:
                raise Refused(_turned_away(request))
            return {"login": login}
        if request.method != "POST":
            raise Refused(PlainTextResponse("method not allowed", 405))
        if not _same_origin(request):
            raise Refused(_no(request, "This form came from another page.", 403))
        body = await _body(request)
        if path != LOGIN:
            _may_act(request, login, body)
        return {"login": login, "body": body}

    def _login(self, request: Request) -> Login | None:
        try:
            users = self._site.users.all()
        except StorageError as error:
            raise Refused(
                self._site.page(
                    request,
                    "message.html",
                    {"headline": "The page is closed", "message": error.line(), "back": ""},
                    503,
                )
            ) from error
        if not users:
            raise Refused(self._site.page(request, "setup.html", {}, 503))
        found = self._site.sessions.find(request.cookies.get(self._site.cookie, ""), users)
        return Login(found[1], found[0]) if found else None


def address_of(request: Request) -> str:
    """Return the asker's address; of IPv6 the network, as everyone there has many addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6 and not address.is_loopback:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def _from_this_machine(request: Request) -> bool:
    # Whatever a proxy hands on comes from this machine, too.
    forwarded = any(name.startswith(("x-forwarded", "forwarded")) for name in request.headers)
    host = request.client.host if request.client else ""
    return host in ("127.0.0.1", "::1") and not forwarded


def _harden(headers: MutableHeaders, path: str) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    if "cache-control" not in headers:
        # A static file's address changes with what is in it; all else is today's and private.
        lasting = path.startswith(STATIC)
        headers["Cache-Control"] = "public, max-age=86400" if lasting else "no-store"


def _turned_away(request: Request) -> Response:
    if request.headers.get("sec-fetch-mode", "navigate") != "navigate" or by_script(request):
        return JSONResponse({"ok": False, "message": "Sign in first."}, 401)
    if request.headers.get("sec-fetch-site") == "cross-site":
        # A link from elsewhere comes without a SameSite=Strict cookie; once more, from here.
        return HTMLResponse('<!doctype html><meta http-equiv="refresh" content="0"><title>…')
    return RedirectResponse(LOGIN, 303)


def _same_origin(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def _body(request: Request) -> dict[str, Any]:
    """Read a posted form or JSON object, of at most `MOST_BODY_BYTES`."""
    too_long = _no(request, "That is too much at once.", 413)
    if not _short(request.headers.get("content-length", "0")):
        raise Refused(too_long)
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > MOST_BODY_BYTES:
                    raise Refused(too_long)
    except TimeoutError:
        raise Refused(_no(request, "The request took too long.", 408)) from None
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            # Zones of a thousand corners are parsed aside, so that the others are not held up.
            parsed = await run_in_threadpool(json.loads, bytes(data))
        else:
            parsed = dict(parse_qsl(data.decode(), max_num_fields=MOST_FIELDS))
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise Refused(_no(request, "The request cannot be read.", 400))
    return parsed


def _short(length: str) -> bool:
    return length.isdecimal() and len(length) < 10 and int(length) <= MOST_BODY_BYTES


def _may_act(request: Request, login: Login | None, body: dict[str, Any]) -> None:
    if login is None:
        raise Refused(_turned_away(request))
    token = request.headers.get(ASKED_BY_SCRIPT) or body.get("csrf")
    if not isinstance(token, str) or not login.session.allows(token):
        raise Refused(_no(request, "This page is out of date: load it again.", 403))
    if not login.keeper and request.url.path != LOGOUT:
        raise Refused(_no(request, "You may look, and not act.", 403))


def _no(request: Request, message: str, status: int) -> Response:
    if by_script(request):
        return JSONResponse({"ok": False, "message": message}, status)
    return PlainTextResponse(message, status)
