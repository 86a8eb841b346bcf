"""Site: what the page's handlers share."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

import edge
from edge.config.config import Config
from edge.web.hub import Hub
from edge.web.sessions import Session, Sessions
from edge.web.throttle import LoginThrottle
from edge.web.users import User, Users
from edge.web.words import since_words, words_of

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
STATIC = HERE / "static"
ASKED_BY_SCRIPT = "x-csrf-token"


@dataclass(frozen=True)
class Login:
    """Who asks: the user and the login that the request came with."""

    user: User
    session: Session

    @property
    def keeper(self) -> bool:
        """Say whether the user may act."""
        return self.user.role == "keeper"


@dataclass(frozen=True)
class Site:
    """The configuration, the hub and the logins, and how a page is made of them.

    `tls` says that the page is served encrypted; `clock` is a monotonic clock in seconds,
    `wall` the wall clock.
    """

    config: Config
    users: Users
    sessions: Sessions
    hub: Hub
    tls: bool
    clock: Callable[[], float]
    wall: Callable[[], float]
    throttle: LoginThrottle = field(default_factory=LoginThrottle)

    @property
    def cookie(self) -> str:
        """Return the login cookie's name; the prefix pins it to this host and to TLS."""
        return "__Host-emberwatch" if self.tls else "emberwatch"

    def page(
        self, request: Request, name: str, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """Fill a template; every page is told who asks and what holds now."""
        seen = self.hub.seen
        login = login_of(request)
        text = self._templates.get_template(name).render(
            {
                "login": login,
                "csrf": login.session.csrf if login else "",
                "words": words_of(seen),
                "simulated": bool(seen.snapshot and seen.snapshot.simulated_gpio),
                "path": request.url.path,
                "version": edge.__version__,
                **values,
            }
        )
        return HTMLResponse(text, status)

    def answer(
        self, request: Request, message: str, back: str, *, ok: bool = True, status: int = 200
    ) -> Response:
        """Answer a form: JSON to a script; to a browser a page that says so, or the way back."""
        if by_script(request):
            return JSONResponse({"ok": ok, "message": message}, status)
        if ok:
            return RedirectResponse(back, 303)
        values = {"headline": "That did not work", "message": message, "back": back}
        return self.page(request, "message.html", values, status)

    @cached_property
    def _templates(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["since"] = since_words
        environment.globals["static"] = self._static
        return environment

    def _static(self, name: str) -> str:
        """Return the address of a static file, which changes with what is in it."""
        digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
        return f"/static/{name}?{digest}"


def login_of(request: Request) -> Login | None:
    """Return who asks, or None."""
    login = request.scope.get("state", {}).get("login")
    return login if isinstance(login, Login) else None


def keeper_of(request: Request) -> str:
    """Return the name of who asks, for the record; the guard has made sure that there is one."""
    login = login_of(request)
    if login is None:
        raise PermissionError("nobody is logged in")
    return login.user.name


def body_of(request: Request) -> Mapping[str, Any]:
    """Return the fields that were posted, as the guard read them."""
    body = request.scope.get("state", {}).get("body", {})
    return body if isinstance(body, Mapping) else {}


def by_script(request: Request) -> bool:
    """Say whether a script of the page asks, which wants JSON for an answer."""
    return ASKED_BY_SCRIPT in request.headers
