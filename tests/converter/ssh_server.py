"""A real OpenSSH server on the loopback interface, with keys and a folder of its own."""

import getpass
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from converter.ssh import Ssh

SSHD = Path("/usr/sbin/sshd")
CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile {folder}/pid
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
LogLevel ERROR
SetEnv PATH={folder}/bin:/usr/local/bin:/usr/bin:/bin TMPDIR={folder}/camera
"""


@dataclass(frozen=True)
class SshServer:
    """The server's folder and port: `bin` is first on the PATH there, `camera` its TMPDIR."""

    folder: Path
    port: int

    @property
    def left_there(self) -> list[str]:
        """Return what lies in the camera's temporary folder."""
        return sorted(path.name for path in (self.folder / "camera").iterdir())

    def ssh(self, **changes: object) -> Ssh:
        """Return how it is reached."""
        keys = {"identity": self.folder / "user_key", "known_hosts": self.folder / "known_hosts"}
        host = f"{getpass.getuser()}@127.0.0.1"
        return Ssh(**{"host": host, "port": self.port, **keys, **changes})  # type: ignore[arg-type]

    def program(self, name: str, lines: str) -> None:
        """Put a shell script on the PATH there."""
        path = self.folder / "bin" / name
        path.write_text("#!/bin/sh\n" + lines)
        path.chmod(0o755)


def start(folder: Path) -> tuple[SshServer, subprocess.Popen[bytes]]:
    """Start a server; whoever asked for it stops the process."""
    for name in ("bin", "camera"):
        (folder / name).mkdir()
    for name in ("host_key", "user_key", "other_key"):
        make_key(folder / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    public = (folder / "host_key.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
    (folder / "sshd_config").write_text(CONFIG.format(port=port, folder=folder))
    if os.geteuid() == 0:
        # sshd asks for it where root starts it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with open(folder / "log", "wb") as log:
        words = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return SshServer(folder, port), child
        if child.poll() is not None:
            break
        time.sleep(0.05)
    child.kill()
    raise RuntimeError(f"sshd did not start: {(folder / 'log').read_text()}")


def make_key(path: Path) -> None:
    """Write a key pair without a passphrase."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(words, check=True)
