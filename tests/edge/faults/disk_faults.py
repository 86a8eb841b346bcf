"""What may happen to the disk, the clock and the house, done to a running watch."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.edge.faults.running import Running, sources
from tests.edge.faults.scene import LiveScene
from tests.edge.faults.seen import Seen

GOES_ON = "as if nothing were (supervisory)"
NOTICED_SECONDS = 10.0
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


def may_mount() -> bool:
    """Say whether this user may mount a file system: it is tried, as root may be forbidden it."""
    if os.geteuid() != 0 or not Path("/bin/mount").exists():
        return False
    with TemporaryDirectory() as folder:
        tried = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
        if tried.returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a disk of two megabytes as the state folder."""
    disk = folder / "state"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def full_disk(folder: Path) -> Iterator[Seen]:
    """No room on the disk: the alarm sounds, and its event is there when there is room again."""
    with small_disk(folder) as disk, LiveScene() as scene, Running(folder, scene) as watch:
        watch.sees()
        filler = (disk / "filler").open("wb", buffering=0)
        try:
            while filler.write(b"x" * 4096):
                pass
        except OSError:
            filler.close()
        scene.burning = True
        raised_s = watch.until(lambda s: s.lines["siren"])
        yield Seen("disk full, fire in view", "alarm", 2.0, raised_s, "siren, beacon")
        seen_s = watch.until(lambda s: "disk-full" in sources(s))
        yield Seen("disk full", "disk-full", NOTICED_SECONDS, seen_s, GOES_ON)
        assert watch.state().lines["trouble"]
        (disk / "filler").unlink()
        watch.until(lambda s: not s.notices, 60)
        assert [event for event in watch.events() if event.is_alarm]


def read_only_disk(folder: Path) -> Iterator[Seen]:
    """The disk cannot be written, as after an error of an SD card, and later it can."""
    with small_disk(folder) as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with LiveScene() as scene, Running(folder, scene) as watch:
            seen_s = watch.until(lambda s: s.notices and s.lines["trouble"])
            assert sources(watch.state()) == {"disk-read-only"}
            yield Seen("read-only folder", "disk-read-only", NOTICED_SECONDS, seen_s, GOES_ON)
            scene.burning = True
            raised_s = watch.until(lambda s: s.lines["siren"])
            yield Seen("read-only folder, fire in view", "alarm", 2.0, raised_s, "siren, beacon")
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            watch.until(lambda s: not s.notices, 60)
            assert [event for event in watch.events() if event.is_alarm]


def corrupted_database(folder: Path) -> Iterator[Seen]:
    """Rubbish over the event log while it is in use, in a fire, and a crash on top of it."""
    with LiveScene() as scene:
        with Running(folder, scene).sees() as watch:
            for name in ("events.sqlite", "events.sqlite-wal"):
                file = folder / "state" / name
                with file.open("r+b") as opened:
                    opened.write(b"rubbish " * (file.stat().st_size // 8))
            scene.burning = True
            raised_s = watch.until(lambda s: s.lines["siren"])
            yield Seen("corrupted event log, fire in view", "alarm", 2.0, raised_s, "siren, beacon")
            assert watch.do("silence", "anna")["durable"]
            assert watch.state().lines["trouble"]
            watch.kill()
        with Running(folder, scene) as watch:
            back_s = watch.until(lambda s: s.level == "alarm" and s.silenced and s.frames > 5)
            yield Seen("... and its restart", "log set aside", 5.0, back_s, "beacon on, as before")
            watch.until(lambda s: s.last_event > 0)
            assert list((folder / "state").glob("events.sqlite.damaged-*"))
            assert "started" in [event.kind for event in watch.events()]


def clock_set(folder: Path) -> Iterator[Seen]:
    """The clock is set back by ten years and forward by twenty: nothing but labels change."""
    faked = folder / "clock"
    faked.write_text("+0")
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(faked),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with LiveScene() as scene, Running(folder, scene, env=environment).sees() as watch:
        year = int(watch.state().at[:4])
        for offset, years in (("-3650d", -10), ("+3650d", 10)):
            faked.write_text(offset)
            watch.until(lambda s, y=year + years: abs(int(s.at[:4]) - y) <= 1)
            frames = watch.state().frames
            watch.until(lambda s, f=frames: s.frames > f + 20)
            assert watch.state().state == "clear"
        assert {event.kind for event in watch.events()} & {"trouble", "restarted"} == set()
        faked.write_text("-3650d")
        scene.burning = True
        raised_s = watch.until(lambda s: s.lines["siren"])
        yield Seen("clock set back and forward", "nothing (labels only)", 2.0, raised_s, "alarm")


def broker_gone(folder: Path) -> Iterator[Seen]:
    """No MQTT broker answers, and the messenger itself is killed: the alarm does not wait."""
    mqtt = '[mqtt]\nbroker = "127.0.0.1"\nport = 9\n'
    with LiveScene() as scene, Running(folder, scene, more=mqtt) as watch:
        watch.until(lambda s: s.frames > 12 and s.lines["trouble"])
        scene.burning = True
        raised_s = watch.until(lambda s: s.lines["siren"])
        yield Seen("broker gone, fire in view", "alarm", 2.0, raised_s, "siren, beacon")
        time.sleep(0.5)
        assert watch.state().lines["trouble"], "the house is no reason for a trouble"
