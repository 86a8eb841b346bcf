"""WebProcess: one `emberwatch-edge web`, from its configuration to its exit code."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time

from edge.config.config import Config
from edge.contract.errors import MissingPackage
from edge.link.address import control_path
from edge.web.certificate import Certificate, certificate_of
from edge.web.hub import Hub
from edge.web.sessions import Sessions
from edge.web.users import Users

# Above 0 is lower: the eye and the hand come first.
NICE = 10


class _Stopped(Exception):
    """SIGTERM came: before the server ran, or after it ended well and passed it on."""


def _stop(*_: object) -> None:
    raise _Stopped


@dataclass(frozen=True)
class WebProcess:
    """Serves the page of the watch that a configuration is for; `say` tells its keeper."""

    config_file: Path
    say: Callable[[str], None]

    def run(self) -> int:
        """Serve until it is told to stop; return the exit code.

        Raises:
            EmberwatchError: the configuration, the address or the certificate will not do.
        """
        signal.signal(signal.SIGTERM, _stop)
        try:
            return self._serve()
        except _Stopped:
            return 0

    def _serve(self) -> int:
        config = Config.read(self.config_file)
        try:
            from edge.web.app import make_app
            from edge.web.server import listen, serve
            from edge.web.site import Site
        except ImportError as error:
            raise MissingPackage(
                "the page cannot be served here",
                found=error,
                next_step="pip install 'emberwatch-edge[web]'",
            ) from error
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="web: %(message)s")
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        os.nice(max(0, NICE - os.nice(0)))
        folder, settings = config.store.folder, config.web
        certificate = certificate_of(settings, folder)
        if certificate is not None:
            certificate.context()
        listener = listen(settings)
        users = Users(folder)
        self._greet(listener.getsockname(), certificate, users, settings.host)
        site = Site(
            config=config,
            users=users,
            sessions=Sessions(folder, settings.session_days, time),
            hub=Hub(control_path(folder), settings.pictures_per_second),
            tls=certificate is not None,
            clock=monotonic,
            wall=time,
        )
        return serve(make_app(site), settings, listener, certificate)

    def _greet(
        self, bound: tuple[object, ...], certificate: Certificate | None, users: Users, host: str
    ) -> None:
        address = f"[{host}]" if ":" in host else host
        scheme = "https" if certificate else "http"
        self.say(f"web: {scheme}://{address}:{bound[1]}/")
        if certificate is not None:
            kind = "self-signed certificate" if certificate.own else "certificate"
            self.say(f"web: {kind}, SHA-256 fingerprint {certificate.fingerprint()}")
        if not users.all():
            self.say(
                "web: nobody may open it yet: "
                f"emberwatch-edge web-password --config {self.config_file}"
            )
