"""Running: a real `emberwatch-edge run` before a live scene, and what it says of itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from edge.contract.errors import MachineError
from edge.link.address import SOCKET
from edge.link.control_client import ControlClient
from edge.link.snapshot import Snapshot
from edge.store.event import Event
from edge.store.events import EventLog
from tests.edge.faults.scene import LiveScene

CONFIG = """\
[model]
bundle = "tiny.ember"
threads = 1
{model}
[camera]
{camera}
timeout_seconds = 3.0
[health]
blind_after_seconds = {blind}
clear_after_seconds = 0.5
[store]
folder = "state"
low_disk_mb = 0
{more}
"""
BLIND_SECONDS = 2.0
# A busy machine is no fault of the watch: what is promised is measured, and held to this much
# more.
LATE_SECONDS = 6.0


class Running:
    """Starts a watch in a folder with `tiny.ember`; ended by `close` at the latest."""

    def __init__(
        self,
        folder: Path,
        scene: LiveScene | None,
        *,
        camera: str = "",
        model: str = "",
        more: str = "",
        env: dict[str, str] | None = None,
        command: tuple[str, ...] = (),
        **options: Any,
    ) -> None:
        self.folder = folder
        # As systemd does: the socket is not where a disk may fail.
        runtime = folder / "run"
        runtime.mkdir(exist_ok=True)
        self._control = runtime / SOCKET
        camera = camera or f'url = "{scene.url}"'
        text = CONFIG.format(camera=camera, blind=BLIND_SECONDS, model=model, more=more)
        (folder / "watch.toml").write_text(text)
        arguments = [*command, sys.executable, "-m", "edge", "run", "--config", "watch.toml"]
        self._errors = (folder / "stderr.txt").open("ab")
        self.process = subprocess.Popen(
            [*arguments, "--simulate-gpio", "--quiet"],
            cwd=folder,
            env={**os.environ, "RUNTIME_DIRECTORY": str(runtime), **(env or {})},
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            **options,
        )
        self._client: ControlClient | None = None

    @property
    def hand(self) -> int:
        """Return the process id of the hand."""
        for pid in (self.process.pid, *descendants(self.process.pid)):
            if "edge" in words(pid) and "run" in words(pid) and "python" in words(pid)[0]:
                return pid
        raise AssertionError("there is no hand")

    @property
    def eye(self) -> int | None:
        """Return the process id of the eye, None while there is none."""
        eyes = [p for p in descendants(self.process.pid) if "edge.eye" in words(p) and alive(p)]
        return eyes[-1] if eyes else None

    def state(self) -> Snapshot:
        """Return what the watch says of itself now."""
        if self._client is None:
            self._client = ControlClient(self._control, 10.0)
        return self._client.state()

    def until(self, what: Callable[[Snapshot], object], seconds: float = 30.0) -> float:
        """Wait until its state is so; return how long it took."""
        started = monotonic()
        last: object = "no answer"
        while monotonic() - started < seconds:
            try:
                last = self.state()
                if what(last):
                    return monotonic() - started
            except MachineError as error:
                self.hang_up()
                last = error
                assert self.process.poll() is None, (self.process.returncode, self.said())
            sleep(0.03)
        raise AssertionError(f"not within {seconds} s: {last}\n{self.said()}")

    def sees(self) -> "Running":
        """Wait until all is well, and frames come."""
        self.until(lambda s: s.state == "clear" and s.frames > 12 and not s.notices)
        return self

    def do(self, what: str, by: str = "a test", **more: Any) -> dict[str, Any]:
        """Have it do something."""
        self.state()
        assert self._client is not None
        return self._client.do(what, by, **more)

    def events(self) -> list[Event]:
        """Return its event log."""
        log = EventLog(self.folder / "state" / "events.sqlite")
        found = log.read()
        log.close()
        return found

    def said(self) -> str:
        """Return what it wrote to stderr."""
        return (self.folder / "stderr.txt").read_text(errors="replace")

    def hang_up(self) -> None:
        """Close the connection to it."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def kill(self) -> None:
        """Kill the hand, as a crash would."""
        os.kill(self.hand, signal.SIGKILL)
        self.process.wait(30)
        self.hang_up()

    def close(self) -> None:
        """End it."""
        self.hang_up()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._errors.close()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sources(snapshot: Snapshot) -> set[str]:
    """Return the sources of all that is wrong."""
    return {notice.source for notice in snapshot.notices}


def dark(snapshot: Snapshot) -> bool:
    """Say whether the trouble relay has dropped."""
    return not snapshot.lines["trouble"]


def descendants(pid: int) -> list[int]:
    """Return a process's children and theirs."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    children = list(map(int, text.split()))
    return [*children, *(each for child in children for each in descendants(child))]


def words(pid: int) -> list[str]:
    """Return a process's command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return [""]


def alive(pid: int) -> bool:
    """Say whether a process is there, and no zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"
