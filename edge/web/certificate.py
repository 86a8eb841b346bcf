"""Certificate: what the page is served by when it is open to the network."""

import hashlib
import os
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from edge.config.web import WebSettings
from edge.contract.errors import ConfigError, MachineError, MissingPackage
from edge.web.private_file import write_private

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

FILE = "web-certificate.pem"
# A camera's clock may be wrong at its first start, so the dates do not come from it: from
# before this program was written until long after the camera. A new certificate would look to
# its keepers like somebody in between.
NOT_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2045, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, both in PEM; `own` if it was made here and signs itself."""

    certificate: Path
    key: Path
    own: bool

    def context(self) -> ssl.SSLContext:
        """Return what a server needs, for TLS 1.2 and later.

        Raises:
            ConfigError: the files are not there, or do not belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            # A key that is locked by a password would be asked for at the terminal.
            context.load_cert_chain(self.certificate, self.key, password=lambda: b"")
        except (OSError, ValueError) as error:
            raise ConfigError(
                "[web] the certificate or its key cannot be used",
                found=f"{self.certificate}, {self.key}: {error}",
                expected="PEM files that belong together, the key without a password",
                next_step="openssl x509 -noout -text -in CERTIFICATE shows what is there",
            ) from error
        return context

    def fingerprint(self) -> str:
        """Return the SHA-256 fingerprint as browsers show it.

        Raises:
            ConfigError: the file is no certificate.
        """
        try:
            pem = self.certificate.read_text(encoding="ascii")
            begin = pem.index("-----BEGIN CERTIFICATE-----")
            end = pem.index("-----END CERTIFICATE-----", begin) + len("-----END CERTIFICATE-----")
            digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[begin:end])).hexdigest().upper()
        except (OSError, ValueError) as error:
            raise ConfigError(
                "[web] the certificate cannot be read", found=f"{self.certificate}: {error}"
            ) from error
        return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def certificate_of(settings: WebSettings, folder: Path) -> Certificate | None:
    """Return what to serve by; None for plain HTTP, which is for this machine alone.

    Open to the network without a certificate given, one is made and kept in `folder`.

    Raises:
        ConfigError: the files given cannot be used.
        MachineError: none can be made here.
    """
    if settings.certificate is not None and settings.key is not None:
        return Certificate(settings.certificate, settings.key, own=False)
    if settings.loopback:
        return None
    path = folder / FILE
    own = Certificate(path, path, own=True)
    with suppress(ConfigError):
        own.context()
        return own
    try:
        write_private(path, _make(socket.gethostname()))
    except ImportError as error:
        raise MissingPackage(
            "[web] is open to the network, and no certificate can be made for it",
            found=error,
            next_step="pip install 'emberwatch-edge[web]', or give [web] certificate and key, "
            'or host = "127.0.0.1" for this machine alone',
        ) from error
    except OSError as error:
        raise MachineError(
            "[web] is open to the network, and its certificate cannot be kept",
            found=error,
            next_step='let the watch write its state folder, or give [web] host = "127.0.0.1"',
        ) from error
    return own


def _make(name: str) -> bytes:
    """Return a new key and a certificate for it, one after the other in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Emberwatch {name}"[:64])])
    usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(os.urandom(19), "big"))
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.SubjectAlternativeName(_names(name)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, plain) + certificate.public_bytes(pem)


def _names(name: str) -> "list[GeneralName]":
    """Return what the camera is called: its name, its name in mDNS, its addresses now."""
    from cryptography import x509

    texts = [name, f"{name}.local", "localhost"]
    names: list[GeneralName] = [
        x509.DNSName(text) for text in dict.fromkeys(texts) if text and text.isascii()
    ]
    addresses = {"127.0.0.1"}
    with suppress(OSError):
        addresses |= {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    for address in sorted(addresses):
        with suppress(ValueError):
            names.append(x509.IPAddress(ip_address(address)))
    return names
