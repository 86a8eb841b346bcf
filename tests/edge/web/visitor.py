"""A visitor of the page: plain HTTP over a real socket, with cookies, and nothing of a browser."""

import http.client
import json
import re
import ssl
from http.cookies import SimpleCookie
from typing import Any, Self
from urllib.parse import urlencode

SECONDS = 60
PASSWORD = "three words here"


class Reply:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.data = response.read()

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Visitor:
    """Somebody at an address of this machine (127.0.0.2 is another than 127.0.0.1)."""

    def __init__(self, port: int, address: str = "127.0.0.1", *, tls: bool = False) -> None:
        self.port = port
        self.address = address
        self.tls = tls
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Ask for a page."""
        connection = self.connect()
        try:
            sent = dict(headers or {})
            if self.cookies:
                cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
                sent.setdefault("Cookie", cookies)
            connection.request(method, path, body, sent)
            reply = Reply(connection.getresponse())
        finally:
            connection.close()
        for line in reply.headers.get_all("Set-Cookie", []):
            self.set.append(line)
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return reply

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection."""
        where = {"timeout": SECONDS, "source_address": (self.address, 0)}
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, **where)
        unchecked = ssl._create_unverified_context()
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=unchecked, **where)

    def form(self, path: str, **fields: str) -> Reply:
        """Post a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(path, method="POST", body=urlencode(fields), headers=kind)

    def script(self, path: str, data: object, **headers: str) -> Reply:
        """Post JSON as the page's scripts do."""
        sent = {"Content-Type": "application/json", "X-CSRF-Token": self.csrf(), **headers}
        return self.ask(path, method="POST", body=json.dumps(data), headers=sent)

    def csrf(self, path: str = "/settings") -> str:
        """Return the token of the login that this is."""
        return re.search(r'name="csrf" content="([^"]*)"', self.ask(path).text)[1]

    def login(self, name: str = "keeper", password: str = PASSWORD) -> Reply:
        """Sign in."""
        token = re.search(r'name="csrf" value="([^"]*)"', self.ask("/login").text)[1]
        return self.form("/login", name=name, password=password, csrf=token)

    def entered(self, name: str = "keeper") -> Self:
        """Sign in and go on."""
        reply = self.login(name)
        assert reply.status == 303, reply.text
        return self
