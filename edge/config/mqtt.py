"""MqttSettings: the broker that the watch talks to, and what it says there."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

PLAIN_PORT, TLS_PORT = 1883, 8883
# Home Assistant takes no other characters in a discovery topic.
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
HOST = re.compile(r"[a-zA-Z0-9._:-]+(%[a-zA-Z0-9_.-]+)?")
TOPIC = re.compile(r"[^+#/\x00]+(/[^+#/\x00]+)*")
MOST_KEPT = 100_000


@dataclass(frozen=True)
class MqttSettings:
    """MQTT: alarms and states to a broker, and a device in Home Assistant by itself.

    Raises:
        ConfigError: a value out of range, or a password that would travel in the open.
    """

    broker: str | None = setting(None, "its name or address", example="homeassistant.local")
    port: int = setting(0, "0 is 8883 with TLS and 1883 without")
    user: str | None = setting(None, "the name to log in with", example="emberwatch")
    password: str | None = setting(
        None, "and its password", example="from your broker", secret=True
    )
    password_file: Path | None = setting(
        None, "or a file that holds it", example="/etc/emberwatch/mqtt-password"
    )
    tls: bool = setting(False, "encrypt, and check the broker's certificate")
    ca: Path | None = setting(
        None, "who signed it, in PEM; the system's authorities if left out", example="ca.pem"
    )
    certificate: Path | None = setting(None, "a certificate of our own", example="camera.pem")
    key: Path | None = setting(None, "and its key", example="camera.key")
    insecure: bool = setting(False, "true lets a password travel to another machine without TLS")
    id: str | None = setting(
        None, "names this camera in topics; made from the machine's own if left out", example="yard"
    )
    name: str = setting("Emberwatch", "the device's name in Home Assistant")
    topic: str = setting("emberwatch", "every topic begins with this and the id")
    discovery: bool = setting(True, "tell Home Assistant what there is")
    discovery_topic: str = setting("homeassistant", "its prefix for that")
    commands: bool = setting(
        False, "let anybody on the broker silence, reset and test; off, nothing is listened to"
    )
    pictures: bool = setting(False, "send a picture in an alarm; off, none leaves the camera")
    every_seconds: float = setting(10.0, "the hazard is sent at most so often; alarms at once")
    keep: int = setting(1000, "most alarms and notices that wait while the broker is away")

    def __post_init__(self) -> None:
        if self.broker is not None and not HOST.fullmatch(self.broker):
            raise ConfigError(
                "broker is no name of a machine",
                found=repr(self.broker),
                expected="a name or an address alone, as in homeassistant.local or 192.168.1.5",
            )
        for name in ("topic", "discovery_topic"):
            if not TOPIC.fullmatch(getattr(self, name)):
                raise ConfigError(
                    f"{name} is no topic",
                    found=repr(getattr(self, name)),
                    expected="words with / between them, without + and #",
                )
        if self.id is not None and not ID.fullmatch(self.id):
            raise ConfigError(
                "id is not usable in a topic", found=repr(self.id), expected="letters, digits, _, -"
            )
        if not 0 <= self.port <= 65535:
            raise ConfigError("port is out of range", found=self.port, expected="0 to 65535")
        if not 1 <= self.every_seconds <= 3600:
            raise ConfigError(
                "every_seconds is out of range", found=self.every_seconds, expected="1 to 3600"
            )
        if not 1 <= self.keep <= MOST_KEPT:
            raise ConfigError("keep is out of range", found=self.keep, expected=f"1 to {MOST_KEPT}")
        self._check_login()

    @property
    def wanted(self) -> bool:
        """Say whether there is anything to do."""
        return self.broker is not None

    @property
    def real_port(self) -> int:
        """Return the port to connect to."""
        return self.port or (TLS_PORT if self.tls else PLAIN_PORT)

    def _check_login(self) -> None:
        secret = self.password is not None or self.password_file is not None
        if self.password is not None and self.password_file is not None:
            raise ConfigError("password and password_file are both given", expected="one of them")
        if secret and self.user is None:
            raise ConfigError("a password without a user", expected="user = ...")
        if (self.certificate is None) != (self.key is None):
            raise ConfigError("certificate and key belong together", expected="both, or neither")
        if not self.tls and (self.ca or self.certificate):
            raise ConfigError(
                "a certificate is given, and nothing is encrypted", expected="tls = true"
            )
        if secret and not (self.tls or self.insecure or is_loopback(self.broker or "localhost")):
            raise ConfigError(
                "the password would travel unencrypted",
                found=f"broker {self.broker} without TLS",
                expected="tls = true (or insecure = true, where nobody else is on the network)",
            )


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by its name alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
