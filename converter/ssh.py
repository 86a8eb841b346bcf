"""Ssh: one errand on another machine over OpenSSH's own client, in one connection.

The files go there as a tar stream on standard input, into a new folder; the command runs in
it; what it wrote comes back as a tar stream on standard output. The folder is removed in any
case: the shell there does it when it ends, also when the connection was cut.
"""

import os
import re
import shlex
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import IO

from converter.ended_child import EndedChild, read_dots
from edge.contract.errors import InputError, MachineError

CONNECT_SECONDS = 15
# A camera that fell silent is given up after three unanswered questions.
ALIVE_SECONDS = 10
ALIVE_COUNT = 3
# OpenSSH's own exit code for whatever concerns the connection.
CONNECTION = 255
NOT_FOUND = 127
SIGNALLED = 128
# /var/tmp is on the disk; /tmp is memory on newer systems, which a camera has little of.
SCRIPT = """
folder=$(mktemp -d "${{TMPDIR:-/var/tmp}}/emberwatch.XXXXXX") || exit 5
trap 'cd /; rm -rf "$folder"' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 141' PIPE; trap 'exit 143' TERM
cd "$folder" || exit 5
tar -xf - || exit 5
{command} >.stdout </dev/null
echo $? >.code
tar -cf - .code .stdout $(ls -d {wanted} 2>/dev/null)
"""
NEXT_STEPS = (
    ("Permission denied", "let {host} know your key: ssh-copy-id {host}"),
    (
        "Host key verification failed",
        "run ssh {host} once, compare the fingerprint with the camera's and answer yes",
    ),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "find out why before you remove the old key"),
)


@dataclass(frozen=True)
class Ssh:
    """How a machine is reached: `host` as ssh takes it, the rest where ssh's own setup lacks it.

    Nobody is asked for a password, and an unknown or changed host key ends it. `config` is an
    ssh_config(5) file to use in place of the user's own.
    """

    host: str
    port: int | None = None
    identity: Path | None = None
    known_hosts: Path | None = None
    config: Path | None = None
    program: str = "ssh"

    def __post_init__(self) -> None:
        # A name with a dash before it would be taken for an option.
        if not re.fullmatch(r"[\w.@:/\[\]%-]+", self.host) or self.host.startswith("-"):
            raise InputError(
                "no machine can be called that",
                found=repr(self.host),
                expected="HOST, USER@HOST or ssh://USER@HOST:PORT",
            )

    def errand(
        self,
        command: str,
        files: Mapping[str, Path | bytes],
        wanted: Sequence[str] = (),
        progress: Callable[[], None] = lambda: None,
    ) -> tuple[EndedChild, dict[str, bytes]]:
        """Run a shell command there, in a new folder with `files`; return how it ended.

        `files` are by their names there; `wanted` names files that the command writes, which
        come with what is returned. `progress` is called for each dot on its standard error.

        Raises:
            MachineError: no connection, a cut one, or a machine that lacks the command.
        """
        names = " ".join(map(shlex.quote, wanted)) or "''"
        script = SCRIPT.format(command=command, wanted=names)
        code, output, printed = self._run(f"exec sh -c {shlex.quote(script)}", files, progress)
        if code:
            raise self._failure(code, printed)
        try:
            with tarfile.open(fileobj=BytesIO(output)) as archive:
                found = {one.name: _content(archive, one) for one in archive if one.isfile()}
            ended = int(found.pop(".code"))
            said = found.pop(".stdout").decode("utf-8", "replace")
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise MachineError(
                f"what came back from {self.host} cannot be read", found=repr(error)
            ) from error
        if ended == NOT_FOUND:
            raise MachineError(
                f"{self.host} lacks the command",
                found=(printed.strip().splitlines() or [command])[-1],
                next_step="install emberwatch-edge there, or say where it is: "
                "EMBERWATCH_DEVICE_COMMAND=/opt/emberwatch/bin/emberwatch-edge",
            )
        # A shell tells of a signal as 128 and its number.
        ended = SIGNALLED - ended if ended > SIGNALLED else ended
        return EndedChild(ended, said, printed), found

    def _run(
        self, remote: str, files: Mapping[str, Path | bytes], progress: Callable[[], None]
    ) -> tuple[int, bytes, str]:
        with tempfile.TemporaryFile() as output:
            try:
                child = subprocess.Popen(
                    [*self._words(), remote],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.PIPE,
                )
            except OSError as error:
                raise MachineError(
                    f"cannot run {self.program}: {error.strerror or error}",
                    next_step="install OpenSSH's client",
                ) from error
            with child:
                sender = Thread(target=_send, args=(child.stdin, dict(files)), daemon=True)
                sender.start()
                try:
                    printed = read_dots(child.stderr, progress)
                    child.wait()
                except BaseException:
                    child.kill()
                    raise
                finally:
                    sender.join()
            output.seek(0)
            return child.returncode, output.read(), printed

    def _words(self) -> list[str]:
        settings = {
            "BatchMode": "yes",
            "StrictHostKeyChecking": "yes",
            "ConnectTimeout": CONNECT_SECONDS,
            "ServerAliveInterval": ALIVE_SECONDS,
            "ServerAliveCountMax": ALIVE_COUNT,
            "LogLevel": "ERROR",
            "ForwardAgent": "no",
            "ForwardX11": "no",
            "ClearAllForwardings": "yes",
        }
        if self.known_hosts is not None:
            settings["UserKnownHostsFile"] = str(self.known_hosts)
        if self.identity is not None:
            settings |= {"IdentityFile": str(self.identity), "IdentitiesOnly": "yes"}
        words = [self.program, "-T"]
        words += ["-F", str(self.config)] if self.config is not None else []
        words += ["-p", str(self.port)] if self.port is not None else []
        for name, value in settings.items():
            words += ["-o", f"{name}={value}"]
        return [*words, "--", self.host]

    def _failure(self, code: int, printed: str) -> MachineError:
        lines = [line.strip().lstrip(".") for line in printed.splitlines() if line.strip(". \n")]
        said = lines[-1] if lines else ""
        if 0 < code < CONNECTION:
            return MachineError(
                f"{self.host} could not take the files",
                found=said or f"exit code {code}",
                next_step="free some space in its /var/tmp, or name another folder by TMPDIR",
            )
        hint = next(
            (step for words, step in NEXT_STEPS if any(words in line for line in lines)),
            "see whether ssh {host} works, and run the same command again",
        )
        return MachineError(
            f"no connection to {self.host}, or it was cut",
            found=said or "silence",
            next_step=hint.format(host=self.host),
        )


def _send(stream: IO[bytes] | None, files: dict[str, Path | bytes]) -> None:
    """Write the files as a tar stream; cut short, it makes the other side say why."""
    if stream is None:
        return
    try:
        with stream, tarfile.open(fileobj=stream, mode="w|") as archive:
            for name, source in files.items():
                entry = tarfile.TarInfo(name)
                if isinstance(source, bytes):
                    entry.size = len(source)
                    archive.addfile(entry, BytesIO(source))
                    continue
                with open(source, "rb") as file:
                    entry.size = os.fstat(file.fileno()).st_size
                    archive.addfile(entry, file)
    except OSError:
        return


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(entry)
    return b"" if file is None else file.read()
