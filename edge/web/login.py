"""Login: in and out."""

import hmac
import logging
import math
import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from edge.web.guard import LOGIN, LOGOUT, address_of
from edge.web.password import PasswordHash
from edge.web.site import Site, body_of, login_of
from edge.web.users import User

LOG = logging.getLogger("emberwatch.web")
FORM_COOKIE = "emberwatch-form"
LONGEST_NAME = 100


class LoginPages:
    """The login form and what becomes of it."""

    def __init__(self, site: Site) -> None:
        self._site = site
        # Hashed in vain for a name that does not exist, so that the time tells nothing.
        self._nobody = PasswordHash.of(secrets.token_urlsafe(16))
        self._busy = False

    def routes(self) -> list[Route]:
        """Return what is served here."""
        return [
            Route(LOGIN, self.form, methods=["GET"]),
            Route(LOGIN, self.enter, methods=["POST"]),
            Route(LOGOUT, self.leave, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """Show the form; with a token in it and in a cookie, for nobody is logged in yet."""
        if login_of(request):
            return RedirectResponse("/", 303)
        return self._form(request, "")

    async def enter(self, request: Request) -> Response:
        """Check name and password, one at a time: a hash takes 16 MiB and some time."""
        site, body, address = self._site, body_of(request), address_of(request)
        token, name = str(body.get("csrf", "")), str(body.get("name", ""))[:LONGEST_NAME]
        if not token or not hmac.compare_digest(
            token.encode(), request.cookies.get(FORM_COOKIE, "").encode()
        ):
            return self._form(request, "The form was out of date. Once more, please.", 403)
        wait = site.throttle.wait(address, site.clock())
        if wait > 0 or self._busy:
            seconds = max(1, math.ceil(wait))
            LOG.warning("login of %r from %s refused for %d s", name, address, seconds)
            words = f"Too many tries. Wait {seconds} s, then try again."
            refused = self._form(request, words, 429)
            refused.headers["Retry-After"] = str(seconds)
            return refused
        user = await self._check(name, str(body.get("password", "")))
        if user is None:
            site.throttle.failed(address, site.clock())
            LOG.warning("login of %r from %s failed", name, address)
            return self._form(request, "Name or password is wrong.", 401)
        site.throttle.succeeded(address)
        LOG.info("login of %r from %s", name, address)
        return await self._entered(user)

    async def leave(self, request: Request) -> Response:
        """End the login."""
        token = request.cookies.get(self._site.cookie, "")
        await run_in_threadpool(self._site.sessions.end, token)
        response = RedirectResponse(LOGIN, 303)
        response.delete_cookie(
            self._site.cookie, secure=self._site.tls, httponly=True, samesite="strict"
        )
        return response

    async def _check(self, name: str, password: str) -> User | None:
        user = self._site.users.all().get(name)
        known = user.password if user else self._nobody
        self._busy = True
        try:
            fits = await run_in_threadpool(known.fits, password)
        finally:
            self._busy = False
        return user if fits else None

    async def _entered(self, user: User) -> Response:
        token = await run_in_threadpool(self._site.sessions.begin, user)
        response = RedirectResponse("/", 303)
        response.set_cookie(
            self._site.cookie,
            token,
            max_age=self._site.sessions.seconds,
            secure=self._site.tls,
            httponly=True,
            samesite="strict",
        )
        response.delete_cookie(FORM_COOKIE, path=LOGIN)
        return response

    def _form(self, request: Request, problem: str, status: int = 200) -> Response:
        token = secrets.token_urlsafe(16)
        response = self._site.page(
            request, "login.html", {"form_token": token, "problem": problem}, status
        )
        response.set_cookie(
            FORM_COOKIE,
            token,
            max_age=3600,
            path=LOGIN,
            secure=self._site.tls,
            httponly=True,
            samesite="strict",
        )
        return response
