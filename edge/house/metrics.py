"""metrics: /metrics and /healthz, as routes for a web page and as a small server of their own."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from edge.contract.errors import MachineError
from edge.house.collector import Exposition, Own, State
from edge.house.health import health

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

# What is asked here is true now and never later.
NEVER_CACHED = {"Cache-Control": "no-store"}
Now = Callable[[], datetime]
# By path: given the Accept header, its status, body and content type.
Pages = dict[str, Callable[[str], tuple[int, bytes, str]]]
# A scraper that stops in the middle of a request is let go after this.
PATIENCE_SECONDS = 10.0


def wall_clock() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def routes(state: State, now: Now = wall_clock) -> "list[Route]":
    """Return `/metrics` and `/healthz` for a Starlette application.

    `state` returns the newest snapshot at once, or None where no watch answers. Neither route
    asks for a login: whoever mounts them decides who may reach them.
    """
    from starlette.responses import Response
    from starlette.routing import Route

    exposition = Exposition(state)

    async def metrics(request: "Request") -> "Response":
        body, content_type = exposition.page(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type, **NEVER_CACHED})

    async def healthz(_request: "Request") -> "Response":
        status, body = health_page(state, now)
        return Response(body, status, NEVER_CACHED, "application/json")

    return [Route("/metrics", metrics), Route("/healthz", healthz)]


def health_page(state: State, now: Now = wall_clock) -> tuple[int, bytes]:
    """Return the status and the JSON body of `/healthz`."""
    found = health(state(), now())
    return found.status, json.dumps(found.to_json(), ensure_ascii=False).encode()


class MetricsServer:
    """Serves both without a web page, on a port of its own, from the start until `close`.

    Raises:
        MachineError: the port cannot be had.
    """

    def __init__(self, host: str, port: int, state: State, own: Callable[[], list[Own]]) -> None:
        exposition = Exposition(state, own)

        pages: Pages = {
            "/metrics": lambda accept: (200, *exposition.page(accept)),
            "/healthz": lambda _accept: (*health_page(state), "application/json"),
        }
        try:
            self._server = _Server((host, port), pages)
        except OSError as error:
            raise MachineError(
                f"metrics cannot be served at {host}:{port}: {error.strerror or error}",
                next_step="choose another port in [metrics]",
            ) from error
        self.port = int(self._server.server_address[1])
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.2,), name="metrics", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], pages: Pages) -> None:
        self.pages = pages
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a scraper that hung up is none of our faults."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE_SECONDS
    server_version = "emberwatch"
    sys_version = ""

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.partition("?")[0])
        if page is None:
            self.send_error(404)
            return
        status, body, content_type = page(self.headers.get("Accept", ""))
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in NEVER_CACHED.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Say nothing: a scrape every 15 s is no news."""
