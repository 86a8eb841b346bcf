"""Server: listens for the page; the one place that knows uvicorn."""

import asyncio
import socket
from typing import Any

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from edge.config.web import WebSettings
from edge.contract.errors import MachineError
from edge.web.certificate import Certificate

# A browser opens six connections or so, one of them for the stream of what is new.
CONNECTIONS_FOR_EACH = 6
SPARE_CONNECTIONS = 16
# One address (a household behind one router is one) has at most this share of them.
ADDRESS_SHARE = 0.6
# A connection that asks for nothing, or never comes to the end of its question, is closed.
HEAD_SECONDS = 15.0
MOST_HEAD_BYTES = 32 << 10
# A peer that takes nothing for so long is gone: the kernel ends the connection.
TAKES_NOTHING_MS = 30_000
KEEP_ALIVE_SECONDS = 20
GOODBYE_SECONDS = 2
BACKLOG = 64


def listen(settings: WebSettings) -> socket.socket:
    """Return the socket to serve on.

    Raises:
        MachineError: the address or the port cannot be had.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Connections inherit it: https://man7.org/linux/man-pages/man7/tcp.7.html
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TAKES_NOTHING_MS)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise MachineError(
            f"the page cannot be served at {settings.host}:{settings.port}: "
            f"{error.strerror or error}",
            next_step="choose another host or port in [web]; `ss -ltnp` shows who holds it",
        ) from error
    return listener


def serve(app: Any, settings: WebSettings, listener: socket.socket, tls: Certificate | None) -> int:
    """Serve until SIGTERM or SIGINT; return 0, or 1 if the application could not start."""
    config = Config(
        app,
        http=_Limited.of(settings.viewers * CONNECTIONS_FOR_EACH + SPARE_CONNECTIONS),
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        backlog=BACKLOG,
        ssl_context_factory=(lambda *_: tls.context()) if tls else None,
    )
    server = Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 1


class _Limited(H11Protocol):
    """One connection, that is closed if there are too many or if it never asks."""

    most = 0

    @classmethod
    def of(cls, most: int) -> "type[_Limited]":
        """Return a class that allows so many connections at once."""
        return type("Limited", (cls,), {"most": most})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or leave it."""
        super().connection_made(transport)
        others = [one.client for one in self.connections if isinstance(one, _Limited)]
        mine = self.client[0] if self.client else ""
        from_there = [one for one in others if one and one[0] == mine]
        if len(self.connections) > self.most or len(from_there) > self.most * ADDRESS_SHARE:
            self.connections.discard(self)
            transport.abort()
            return
        self.loop.call_later(HEAD_SECONDS, self._must_have_asked)

    def _must_have_asked(self) -> None:
        asked: object = self.cycle  # None until the first question has come whole
        if asked is None and not self.transport.is_closing():
            self.transport.abort()
