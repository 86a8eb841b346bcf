"""Open to the network means encrypted, and by a certificate that a person can check."""

import hashlib
import re
import socket
import ssl
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from edge.config.web import WebSettings
from edge.contract.errors import ConfigError
from edge.web.certificate import FILE, certificate_of
from edge.web.users import Users
from tests.edge.web.conftest import LEAST, ROOT
from tests.edge.web.once import once
from tests.edge.web.visitor import PASSWORD

pytestmark = once
OPEN = WebSettings(host="0.0.0.0")


def run_web(folder: Path, web: str, prelude: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the page where it is expected to refuse."""
    (folder / "watch.toml").write_text(f"{LEAST}[web]\n{web}")
    code = f"{prelude}\nimport sys\nfrom edge.cli import main\nsys.argv[0] = 'edge'\nmain()"
    command = [sys.executable, "-c", code, "web", "--config", str(folder / "watch.toml")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_opened_to_the_network_it_is_encrypted_with_a_fingerprint_to_check(serve):
    page = serve('host = "0.0.0.0"\n')
    assert page.tls
    told = re.search(r"fingerprint ([0-9A-F:]{95})", page.process.stdout.readline())[1]
    raw = ssl._create_unverified_context()
    where = ("127.0.0.1", page.port)
    with socket.create_connection(where) as plain, raw.wrap_socket(plain) as secure:
        shown = hashlib.sha256(secure.getpeercert(binary_form=True)).hexdigest().upper()
        assert secure.version() in ("TLSv1.2", "TLSv1.3")
    assert told.replace(":", "") == shown
    visitor = page.visitor()
    visitor.entered()
    cookie = next(line for line in visitor.set if "__Host-emberwatch=" in line)
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert visitor.ask("/").status == 200


def test_nothing_is_said_without_encryption(serve):
    page = serve('host = "0.0.0.0"\n')
    with socket.create_connection(("127.0.0.1", page.port), 30) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with suppress(ConnectionResetError):
            assert b"HTTP/1.1" not in plain.recv(4096)


def test_its_own_certificate_stays_and_its_key_is_private(tmp_path):
    first = certificate_of(OPEN, tmp_path)
    again = certificate_of(OPEN, tmp_path)
    assert first.fingerprint() == again.fingerprint()
    assert stat.S_IMODE(first.key.stat().st_mode) == 0o600
    assert first.own


def test_a_clock_that_was_never_set_makes_a_certificate_that_holds_later(tmp_path):
    from cryptography import x509

    found = certificate_of(OPEN, tmp_path).certificate.read_bytes()
    made = x509.load_pem_x509_certificate(found[found.index(b"-----BEGIN CERTIFICATE") :])
    assert (made.not_valid_before_utc.year, made.not_valid_after_utc.year) == (2025, 2045)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)


def test_a_damaged_certificate_of_its_own_is_made_anew(tmp_path):
    first = certificate_of(OPEN, tmp_path).fingerprint()
    (tmp_path / FILE).write_text("half a fi")
    second = certificate_of(OPEN, tmp_path)
    second.context()
    assert second.fingerprint() != first


def test_a_given_certificate_is_used_on_loopback_too(serve, tmp_path):
    made = certificate_of(OPEN, tmp_path / "made")
    given = tmp_path / "given.pem"
    given.write_bytes(made.certificate.read_bytes())
    page = serve(f'certificate = "{given}"\nkey = "{given}"\n')
    assert page.tls
    assert made.fingerprint() in page.process.stdout.readline()


def test_for_this_machine_alone_there_is_none(tmp_path):
    for host in ("127.0.0.1", "::1", "localhost", "127.8.0.1"):
        assert certificate_of(WebSettings(host=host), tmp_path) is None
    for host in ("0.0.0.0", "::", "192.168.1.7", "camera.local", "127.0.0.1.example.org"):
        assert not WebSettings(host=host).loopback


@pytest.mark.parametrize(
    ("web", "code", "says"),
    [
        ('certificate = "no.pem"\nkey = "no.pem"\n', 2, "certificate or its key cannot be used"),
        ('certificate = "watch.toml"\nkey = "watch.toml"\n', 2, "expected PEM files"),
        ('certificate = "a.pem"\n', 2, "certificate and key go together"),
        ('host = "256.1.1.1"\n', 5, "cannot be served at 256.1.1.1"),
        ('host = "192.0.2.1"\n', 5, "cannot be served at 192.0.2.1"),
        ("port = 70000\n", 2, "port is out of range"),
        ("viewers = 0\n", 2, "viewers is out of range"),
        ('host = ""\n', 2, "host is out of range"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(tmp_path, web, code, says):
    done = run_web(tmp_path, web)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_said(tmp_path, serve):
    page = serve()
    done = run_web(tmp_path, f"port = {page.port}\n")
    assert done.returncode == 5
    assert "choose another host or port" in done.stderr


def test_without_the_means_to_make_a_certificate_it_stays_closed(tmp_path):
    Users(tmp_path / "state").put("keeper", "keeper", PASSWORD)
    blocked = "import sys\nsys.modules['cryptography'] = None"
    done = run_web(tmp_path, 'host = "0.0.0.0"\nport = 0\n', blocked)
    assert done.returncode == 5
    assert "no certificate can be made" in done.stderr
    assert "http" not in done.stdout


def test_where_its_certificate_cannot_be_kept_it_stays_closed(tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    done = run_web(tmp_path, 'host = "0.0.0.0"\nport = 0\n')
    assert done.returncode == 5
    assert "its certificate cannot be kept" in done.stderr
    assert "http" not in done.stdout


def test_a_locked_key_is_refused_and_not_asked_for(tmp_path):
    from cryptography.hazmat.primitives import serialization

    made = certificate_of(OPEN, tmp_path)
    key = serialization.load_pem_private_key(made.key.read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "key.pem").write_bytes(locked)
    settings = WebSettings(certificate=made.certificate, key=tmp_path / "key.pem")
    with pytest.raises(ConfigError, match="without a password"):
        certificate_of(settings, tmp_path).context()


def test_the_page_is_loaded_by_its_own_process_alone():
    code = (
        "import sys, edge.cli, edge.service.session, edge.web.cli\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'starlette', 'uvicorn', 'jinja2', 'cryptography', 'anyio'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
