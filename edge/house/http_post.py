"""HttpPost: sends one JSON message by POST; the one place that knows http.client."""

import hashlib
import hmac
import http.client
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit

from edge.contract.errors import ConfigError, EmberwatchError

READ_BYTES = 65536


class PostError(EmberwatchError):
    """A message was not taken; `refused` says that the receiver answered, and said no."""

    exit_code = 5

    def __init__(self, what: str, *, refused: bool = False) -> None:
        self.refused = refused
        super().__init__(what)


class HttpPost:
    """Posts to one address, a new connection each time; follows no redirect, asks no proxy.

    The certificate is checked, against `ca` or the system's authorities.

    Raises:
        ConfigError: `ca` cannot be used.
    """

    def __init__(self, url: str, timeout_s: float, ca: Path | None) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout_s = timeout_s
        self._tls: ssl.SSLContext | None = None
        # What may be told of the address; the rest of it may be a token.
        self.where = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme == "https":
            self._tls = tls_context(ca)

    def send(self, body: bytes, headers: dict[str, str]) -> None:
        """Post a message; it returns once the receiver said 2xx.

        Raises:
            PostError: it did not come that far, in `timeout_s` after the connection stood.
        """
        connection = self._connection()
        deadline: Timer | None = None
        try:
            connection.connect()
            # A receiver that drips a byte now and then never times out on a socket alone.
            deadline = Timer(self._timeout_s, _cut, [connection.sock])
            deadline.daemon = True
            deadline.start()
            connection.request("POST", self._target, body, headers)
            response = connection.getresponse()
            response.read(READ_BYTES)
            status = response.status
        except (OSError, http.client.HTTPException) as error:
            raise PostError(f"{self.where} cannot be reached: {_words(error)}") from error
        finally:
            if deadline is not None:
                deadline.cancel()
            connection.close()
        if 300 <= status < 400:
            raise PostError(f"{self.where} answered with a redirect ({status})", refused=True)
        if not 200 <= status < 300:
            raise PostError(f"{self.where} answered {status}", refused=400 <= status < 500)

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout_s, context=self._tls
        )


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature: HMAC-SHA256 over the time, a full stop and the body, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def tls_context(ca: Path | None) -> ssl.SSLContext:
    """Return what checks a server's certificate and name.

    Raises:
        ConfigError: `ca` cannot be read or holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"the certificate authority {ca} cannot be used: {_words(error)}",
            expected="a PEM file",
        ) from error


def _cut(opened: socket.socket) -> None:
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
