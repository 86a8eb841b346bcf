"""What may happen to the camera, done to a running watch."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.edge.faults.running import BLIND_SECONDS, Running, dark, sources
from tests.edge.faults.scene import LiveScene
from tests.edge.faults.seen import Seen

FAKES = Path(__file__).parents[2] / "fakes" / "pi"
DROPPED = "trouble relay drops, comes back by itself"


def frozen_frames(folder: Path) -> Iterator[Seen]:
    """The same picture again and again, byte by byte."""
    yield from _picture(folder, "frozen", "camera-frozen")


def black_frames(folder: Path) -> Iterator[Seen]:
    """A cap on the lens, or a sensor that is dead."""
    yield from _picture(folder, "black", "camera-black")


def _picture(folder: Path, fault: str, source: str) -> Iterator[Seen]:
    with LiveScene() as scene, Running(folder, scene).sees() as watch:
        scene.fault = fault
        seen_s = watch.until(dark)
        assert source in sources(watch.state())
        yield Seen(f"{fault} frames", source, BLIND_SECONDS, seen_s, DROPPED)
        scene.fault = ""
        watch.until(lambda s: s.state == "clear")


def blocked_read(folder: Path) -> Iterator[Seen]:
    """A stream that stays open and says nothing: its reader blocks."""
    with LiveScene() as scene, Running(folder, scene).sees() as watch:
        eye = watch.eye
        scene.silence()
        seen_s = watch.until(dark)
        assert "camera-stalled" in sources(watch.state())
        yield Seen("blocked read", "camera-stalled", BLIND_SECONDS, seen_s, DROPPED)
        scene.speak()
        watch.until(lambda s: s.state == "clear")
        assert watch.eye == eye, "the camera is opened anew, not the process"


def stream_cut(folder: Path) -> Iterator[Seen]:
    """A camera that hangs up, and comes back with a fire before it."""
    with LiveScene() as scene, Running(folder, scene).sees() as watch:
        scene.cut()
        seen_s = watch.until(dark)
        yield Seen("stream cut off", "camera-lost", BLIND_SECONDS, seen_s, DROPPED)
        scene.burning = True
        scene.revive()
        watch.until(lambda s: s.lines["siren"])


def killed_thread(folder: Path) -> Iterator[Seen]:
    """The thread that reads the camera ends, uncaught, inside a driver."""
    board = folder / "board.json"

    def become(**facts: object) -> None:
        part = folder / "board.part"
        part.write_text(json.dumps({"scene": str(folder / "scene.jpg"), **facts}))
        part.rename(board)

    with LiveScene() as scene:
        (folder / "scene.jpg").write_bytes(scene.jpeg())
    become()
    environment = {"PYTHONPATH": str(FAKES), "FAKE_PICAMERA": str(board)}
    camera = 'kind = "picamera"\nwidth = 320\nheight = 240\nfps = 10'
    with Running(folder, None, camera=camera, env=environment).sees() as watch:
        become(fails="killed")
        seen_s = watch.until(dark)
        problems = " ".join(notice.problem for notice in watch.state().notices)
        assert "thread that reads the camera died" in problems
        yield Seen("killed capture thread", "camera-lost", BLIND_SECONDS, seen_s, DROPPED)
        become(fails="hung")
        watch.until(lambda s: s.eye_restarts >= 1, 60)
        become()
        watch.until(lambda s: s.state == "clear", 60)
