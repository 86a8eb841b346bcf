"""What may happen to the processes, done to a running watch."""

import os
import resource
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from tests.edge.faults.running import BLIND_SECONDS, Running, alive, dark, sources
from tests.edge.faults.scene import LiveScene
from tests.edge.faults.seen import Seen

AT_ONCE = 0.5
BACK = "trouble relay drops until the next good frame"


def eye_killed(folder: Path) -> Iterator[Seen]:
    """SIGKILL of the eye, as the kernel's out-of-memory killer does, with a fire in view."""
    with LiveScene() as scene, Running(folder, scene).sees() as watch:
        before = watch.eye
        assert before is not None
        scene.burning = True
        os.kill(before, signal.SIGKILL)
        seen_s = watch.until(dark)
        assert "eye-crashed" in sources(watch.state())
        yield Seen("SIGKILL of the eye", "eye-crashed", AT_ONCE, seen_s, BACK)
        raised_s = watch.until(lambda s: s.lines["siren"] and s.lines["trouble"])
        yield Seen("... with a fire in view", "alarm", 5.0, raised_s, "siren, beacon")
        assert watch.eye not in (None, before)
        restarted = [event for event in watch.events() if event.kind == "restarted"]
        assert "SIGKILL" in restarted[-1].detail["why"]


def eye_stopped(folder: Path) -> Iterator[Seen]:
    """SIGSTOP of the eye: it is there, says nothing, and does not die of a SIGTERM."""
    with LiveScene() as scene, Running(folder, scene).sees() as watch:
        before = watch.eye
        assert before is not None
        os.kill(before, signal.SIGSTOP)
        seen_s = watch.until(dark)
        yield Seen("SIGSTOP of the eye", "camera-stalled", BLIND_SECONDS, seen_s, BACK)
        back_s = watch.until(lambda s: s.state == "clear" and s.eye_restarts == 1)
        yield Seen("... until it is replaced", "eye-silent", 5.0, back_s, "trouble relay held")
        assert not alive(before)


def hand_killed(folder: Path) -> Iterator[Seen]:
    """SIGKILL of the hand in an alarm that was silenced: nothing of that is lost."""
    with LiveScene() as scene:
        with Running(folder, scene).sees() as watch:
            scene.burning = True
            watch.until(lambda s: s.lines["siren"])
            assert watch.do("silence", "anna")["durable"]
            eye = watch.eye
            assert eye is not None
            watch.kill()
            started = time.monotonic()
            while alive(eye) and time.monotonic() - started < 10:
                time.sleep(0.01)
            seen_s = time.monotonic() - started
            yield Seen("SIGKILL of the hand", "the eye ends too", 1.0, seen_s, "systemd sets them")
        with Running(folder, scene) as watch:
            back_s = watch.until(lambda s: s.level == "alarm")
            state = watch.state()
            assert state.silenced, "it was silenced before"
            assert state.lines["beacon"]
            yield Seen("... and its restart", "latch", 2.0, back_s, "beacon on, siren as it was")
            (told,) = [event for event in watch.events() if event.kind == "acknowledged"]
            assert (told.by, told.detail["what"]) == ("anna", "silence")


class Systemd:
    """A real socket that listens as systemd does."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)
        self.heard: list[str] = []
        self.fed_s = 0.0

    def listen(self, seconds: float) -> list[str]:
        """Return what came in so many seconds."""
        came = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                came.append(self._socket.recv(4096).decode())
                if came[-1] == "WATCHDOG=1":
                    self.fed_s = time.monotonic()
            except BlockingIOError:
                time.sleep(0.02)
        self.heard += came
        return came


def hand_stopped(folder: Path) -> Iterator[Seen]:
    """SIGSTOP of the hand: its word to systemd's watchdog ceases, so systemd would kill it."""
    systemd = Systemd(folder)
    told = {"NOTIFY_SOCKET": str(systemd.path), "WATCHDOG_USEC": "2000000"}
    with LiveScene() as scene, Running(folder, scene, env=told).sees() as watch:
        systemd.listen(1.0)
        assert systemd.heard[0] == "READY=1"
        assert "STATUS=clear" in systemd.heard
        assert "WATCHDOG=1" in systemd.heard
        hand = watch.hand
        os.kill(hand, signal.SIGSTOP)
        stopped_s = time.monotonic()
        try:
            systemd.listen(0.3)
            assert systemd.listen(2.5) == []
        finally:
            os.kill(hand, signal.SIGCONT)
        acts_s = systemd.fed_s + 2.0 - stopped_s
        yield Seen("SIGSTOP of the hand", "WatchdogSec = 2", 2.0, acts_s, "systemd sets them")
        watch.until(lambda s: s.state == "clear" and s.frame_age_s is not None)
        assert "WATCHDOG=1" in systemd.listen(2.0)
        eye = watch.eye
        assert eye is not None
        scene.silence()
        watch.until(dark)
        systemd.listen(0.3)
        assert "WATCHDOG=1" not in systemd.listen(1.5), "no timer feeds the watchdog"
        assert "WATCHDOG_USEC=900000000" in systemd.heard


def out_of_memory(folder: Path) -> Iterator[Seen]:
    """The eye may have no more memory than it has: it ends, and another one takes its place."""
    with LiveScene() as scene, Running(folder, scene).sees() as watch:
        before = watch.eye
        assert before is not None
        size = int(Path(f"/proc/{before}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(before, resource.RLIMIT_AS, (size, size))
        # Larger pictures than before: what it has does not suffice.
        scene.grow()
        seen_s = watch.until(lambda s: s.eye_restarts >= 1 or dark(s))
        yield Seen("out of memory in the eye", "eye-crashed", BLIND_SECONDS, seen_s, BACK)
        watch.until(lambda s: s.eye_restarts >= 1 and s.state == "clear", 60)
        assert watch.eye != before


def model_swapped(folder: Path) -> Iterator[Seen]:
    """The model's file becomes rubbish: no matter while it runs, but no eye starts with it."""
    good = (folder / "tiny.ember").read_bytes()
    (folder / "old.ember").write_bytes(good)
    with LiveScene() as scene, Running(folder, scene, model='previous = "old.ember"') as watch:
        watch.sees()
        (folder / "new").write_bytes(good[:5000] + b"rubbish" + good[5007:])
        (folder / "new").rename(folder / "tiny.ember")
        time.sleep(0.5)
        assert watch.state().state == "clear"
        eye = watch.eye
        assert eye is not None
        os.kill(eye, signal.SIGKILL)
        seen_s = watch.until(lambda s: "model-failed" in sources(s))
        yield Seen("model file swapped, eye restarts", "model-failed", 3.0, seen_s, BACK)
        back_s = watch.until(lambda s: s.lines["trouble"] and "model-fallback" in sources(s))
        yield Seen("... until the previous model runs", "model-fallback", 15.0, back_s, "held")
        scene.burning = True
        watch.until(lambda s: s.lines["siren"])
