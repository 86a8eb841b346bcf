"""The network: what the configuration wants to reach, and where it wants to be reached."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from edge.config.config import Config
from edge.doctor.case import Case
from edge.doctor.finding import Finding, note, ok

SECONDS = 4.0
LATER = "alarms do not wait for it; see that it runs, and the network between"
TLS_PORT, PLAIN_PORT = 8883, 1883


def look_at_network(case: Case) -> Iterator[Finding]:
    """Try each address that the configuration names; none is needed for an alarm."""
    found = [
        *(_reached(name, host, port) for name, host, port in _outward(case.config)),
        *(_free(case, name, host, port) for name, host, port in _inward(case.config)),
    ]
    yield from found or [ok("network", "none is configured, and none is needed")]


def _outward(config: Config) -> Iterator[tuple[str, str, int]]:
    mqtt = config.mqtt
    if mqtt.broker is not None:
        yield "MQTT broker", mqtt.broker, mqtt.port or (TLS_PORT if mqtt.tls else PLAIN_PORT)
    if config.webhook.url is not None:
        parts = urlsplit(config.webhook.url)
        usual = 443 if parts.scheme == "https" else 80
        yield "webhook", parts.hostname or "", parts.port or usual


def _inward(config: Config) -> Iterator[tuple[str, str, int]]:
    if config.web.on:
        yield "web page", config.web.host, config.web.port
    if config.metrics.wanted:
        yield "metrics", config.metrics.host, config.metrics.port


def _reached(name: str, host: str, port: int) -> Finding:
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as error:
        problem = f"{name} {host}:{port} is not reached: {error.strerror or error}"
        return note("network", problem, LATER)
    return ok("network", f"{name} {host}:{port} answers")


def _free(case: Case, name: str, host: str, port: int) -> Finding:
    """Say whether a port is free for us, or held by the watch that runs."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if case.running is not None:
        return _reached(name, _from_here(host), port)
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OSError as error:
        problem = f"{name} cannot listen on {host}:{port}: {error.strerror or error}"
        return note("network", problem, "choose another port, or stop what holds it")
    return ok("network", f"{name} can listen on {host}:{port}")


def _from_here(host: str) -> str:
    """Return where a server that listens at `host` is reached from this machine."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"
