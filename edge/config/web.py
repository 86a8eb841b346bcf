"""WebSettings: the page on the camera."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

HIGHEST_PORT = 65535
MOST_VIEWERS = 100
LONGEST_SESSION_DAYS = 90.0
FASTEST_PICTURES = 10.0


@dataclass(frozen=True)
class WebSettings:
    """The web page: live picture, state, events, zones. Needs `emberwatch-edge web-password`.

    Raises:
        ConfigError: a value that is out of range, or a key without its certificate.
    """

    on: bool = setting(False, "start the page with the watch")
    host: str = setting(
        "127.0.0.1",
        "address to listen on; any but this machine's own (127.0.0.1, ::1) is served by TLS alone",
    )
    port: int = setting(8080, "port to listen on")
    certificate: Path | None = setting(
        None,
        "TLS certificate chain in PEM; without one, a self-signed one is made at first start",
        example="cert.pem",
    )
    key: Path | None = setting(None, "the certificate's private key in PEM", example="key.pem")
    viewers: int = setting(20, "live pages at once; further ones are told to come back later")
    pictures_per_second: float = setting(
        4.0, "live pictures a second for one viewer, up to [eye] evidence_fps; many get fewer each"
    )
    session_days: float = setting(30.0, "a login lasts so many days; signing out ends it at once")

    def __post_init__(self) -> None:
        _demand(bool(self.host), "host", repr(self.host), "an address")
        _demand(0 <= self.port <= HIGHEST_PORT, "port", self.port, f"0 to {HIGHEST_PORT}")
        _demand(1 <= self.viewers <= MOST_VIEWERS, "viewers", self.viewers, f"1 to {MOST_VIEWERS}")
        _demand(
            0 < self.pictures_per_second <= FASTEST_PICTURES,
            "pictures_per_second",
            self.pictures_per_second,
            f"above 0 and at most {FASTEST_PICTURES:g}",
        )
        _demand(
            0 < self.session_days <= LONGEST_SESSION_DAYS,
            "session_days",
            self.session_days,
            f"above 0 and at most {LONGEST_SESSION_DAYS:g}",
        )
        if (self.certificate is None) != (self.key is None):
            raise ConfigError(
                "certificate and key go together",
                found="only one of them",
                next_step="give both, or neither for a self-signed certificate",
            )

    @property
    def loopback(self) -> bool:
        """Say whether the page is for this machine alone."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _demand(holds: bool, name: str, found: object, expected: str) -> None:
    if not holds:
        raise ConfigError(f"{name} is out of range", found=found, expected=expected)
