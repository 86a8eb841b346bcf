"""WebhookSettings: the address that is told of alarms."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

MOST_KEPT = 100_000
Told = Literal[
    "alarm",
    "cleared",
    "pre-alarm",
    "pre-alarm-cleared",
    "trouble",
    "trouble-cleared",
    "supervisory",
    "supervisory-cleared",
]


@dataclass(frozen=True)
class WebhookSettings:
    """Webhook: a POST to an address of yours at each alarm.

    Raises:
        ConfigError: no usable address, or a value out of range.
    """

    url: str | None = setting(
        None,
        "where to; it may hold a token, so it is never shown",
        example="https://example.org/emberwatch",
        secret=True,
    )
    secret: str | None = setting(
        None, "signs each message (HMAC-SHA256)", example="a long random word", secret=True
    )
    secret_file: Path | None = setting(
        None, "or a file that holds it", example="/etc/emberwatch/webhook-secret"
    )
    ca: Path | None = setting(
        None, "who signed its certificate; the system's authorities if left out", example="ca.pem"
    )
    tell: tuple[Told, ...] = setting(
        ("alarm", "cleared", "trouble", "trouble-cleared"),
        "of these and pre-alarm, pre-alarm-cleared, supervisory, supervisory-cleared",
    )
    timeout_seconds: float = setting(10.0, "how long one attempt may take")
    keep: int = setting(1000, "most messages that wait while nobody answers")

    def __post_init__(self) -> None:
        if self.url is not None:
            self._check_url(self.url)
        if self.secret is not None and self.secret_file is not None:
            raise ConfigError("secret and secret_file are both given", expected="one of them")
        if not self.tell:
            raise ConfigError("tell is empty", expected="what to tell of")
        if not 0.1 <= self.timeout_seconds <= 300:
            raise ConfigError(
                "timeout_seconds is out of range",
                found=self.timeout_seconds,
                expected="0.1 to 300",
            )
        if not 1 <= self.keep <= MOST_KEPT:
            raise ConfigError("keep is out of range", found=self.keep, expected=f"1 to {MOST_KEPT}")

    @property
    def wanted(self) -> bool:
        """Say whether there is anything to do."""
        return self.url is not None

    def _check_url(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
            usable = usable and (parts.port is None or parts.port > 0) and url.isascii()
            usable = usable and url.isprintable() and " " not in url and parts.username is None
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(
                "url is no web address", expected="https://host/path, without a user in it"
            )
