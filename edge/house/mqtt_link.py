"""MqttLink: one connection to a broker; the one place that knows paho-mqtt."""

import select
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from edge.contract.errors import ConfigError, EmberwatchError, MissingPackage
from edge.house.http_post import tls_context

if TYPE_CHECKING:
    from paho.mqtt.client import Client

INSTALL = "pip install 'emberwatch-edge[house]'"
CONNECT_SECONDS = 10.0
# A broker takes us for dead, and sends the last will, after one and a half times this.
KEEPALIVE_SECONDS = 30

# A connection that broke, or a broker that speaks no MQTT: it is not to be listened to further.
BROKEN = (OSError, ValueError, LookupError, TypeError, struct.error)

OnMessage = Callable[[str, bytes, bool], object]
OnSent = Callable[[int], object]


class LinkError(EmberwatchError):
    """The broker cannot be reached, or said no."""

    exit_code = 5


@dataclass(frozen=True)
class Login:
    """Where the broker is and how to log in there; `tls` None is unencrypted."""

    host: str
    port: int
    client_id: str
    user: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    keepalive_s: int = KEEPALIVE_SECONDS


@dataclass(frozen=True)
class Will:
    """What the broker says of us, retained, when we are gone without a word."""

    topic: str
    payload: bytes


class MqttLink:
    """A connection of its own client, from `open` until it breaks; used by one thread.

    A new one is made for each attempt, so nothing of an old connection is sent by the library
    behind our back: what was not acknowledged is sent again by whoever sent it.
    `on_message` is given topic, payload and whether the broker kept it; `on_sent` the number
    that `publish` returned, once the broker has the message.

    Raises:
        LinkError: no connection in time, or the broker refuses us.
    """

    def __init__(
        self, login: Login, will: Will | None, on_message: OnMessage, on_sent: OnSent
    ) -> None:
        self._refused: str | None = None
        self._up = False
        self._on_message = on_message
        self._on_sent = on_sent
        self._client = self._make(login, will)
        where = f"{login.host}:{login.port}"
        try:
            self._client.connect(login.host, login.port, login.keepalive_s)
            end = monotonic() + CONNECT_SECONDS
            while not self._up and self._refused is None and monotonic() < end:
                if not self.serve(0.2):
                    break
        except (OSError, ValueError) as error:
            self._abandon()
            raise LinkError(f"the broker {where} cannot be reached: {_words(error)}") from error
        if not self._up:
            self.close()
            raise LinkError(f"the broker {where} {self._refused or 'does not answer'}")

    def subscribe(self, topics: list[str]) -> None:
        """Listen to topics."""
        if topics:
            self._client.subscribe([(topic, 1) for topic in topics])

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> int:
        """Send a message and return its number; with `qos` 0 nobody says whether it arrived."""
        return int(self._client.publish(topic, payload, qos=qos, retain=retain).mid)

    def serve(self, seconds: float, wake: int | None = None) -> bool:
        """Wait for the broker, or for the descriptor `wake`; say whether the connection stands."""
        opened = self._client.socket()
        if opened is None:
            return False
        reading: list[Any] = [opened] if wake is None else [opened, wake]
        # What TLS has already decrypted, select() cannot see.
        pending = getattr(opened, "pending", int)() > 0
        try:
            writing = [opened] if self._client.want_write() else []
            readable, writable, _ = select.select(reading, writing, [], 0 if pending else seconds)
            if writable:
                self._client.loop_write()
            if pending or opened in readable:
                self._client.loop_read()
            self._client.loop_misc()
        except BROKEN:
            self._abandon()
            return False
        return self._client.socket() is not None

    def close(self) -> None:
        """Say goodbye, which keeps the broker from sending our last will."""
        with suppress(*BROKEN):
            self._client.disconnect()
        self._abandon()

    def _abandon(self) -> None:
        opened = self._client.socket()
        if opened is not None:
            with suppress(OSError):
                opened.close()

    def _make(self, login: Login, will: Will | None) -> "Client":
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=login.client_id,
            protocol=MQTTProtocolVersion.MQTTv311,
            clean_session=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_SECONDS
        if login.user is not None:
            client.username_pw_set(login.user, login.password)
        if login.tls is not None:
            client.tls_set_context(login.tls)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._connected
        client.on_message = self._received
        client.on_publish = self._acknowledged
        return client

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._refused = f"refuses us: {reason}"
        else:
            self._up = True

    def _received(self, _client: Any, _data: Any, message: Any) -> None:
        self._on_message(message.topic, bytes(message.payload), message.retain)

    def _acknowledged(self, _client: Any, _data: Any, mid: int, _reason: Any, _more: Any) -> None:
        self._on_sent(mid)


def check_paho() -> None:
    """Say whether connections can be made at all.

    Raises:
        MissingPackage: paho-mqtt is not installed, or too old.
    """
    try:
        from paho.mqtt.enums import CallbackAPIVersion  # noqa: F401
    except ImportError as error:
        raise MissingPackage(
            "paho-mqtt 2 is not usable here", found=error, next_step=INSTALL
        ) from error


def client_tls(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """Return what checks the broker's certificate and name, with our own certificate if given.

    Raises:
        ConfigError: a file cannot be used.
    """
    context = tls_context(ca)
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                f"the certificate {certificate} and its key cannot be used: {_words(error)}",
                expected="PEM files that belong together, the key without a password",
            ) from error
    return context


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
