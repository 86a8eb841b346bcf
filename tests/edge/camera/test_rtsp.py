"""RTSP, H.264, digest login: against GStreamer's server, killed and revived mid-stream."""

import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from edge.camera.camera import LostFrame
from edge.camera.opening import open_camera
from edge.camera.settings import CameraSettings
from edge.camera.stream import StreamCamera, StreamSource
from edge.contract.errors import CameraError
from edge.inference.prediction import Frame
from tests.edge.camera.shots import is_frame, lost, until
from tests.fakes.tiny_bundle import FIRE

DEBIAN_PYTHON = Path("/usr/bin/python3")
SERVER = Path(__file__).parents[2] / "fakes" / "rtsp_server.py"
PROBE = "import gi; gi.require_version('GstRtspServer', '1.0'); import gi.repository.GstRtspServer"


def installed() -> bool:
    if not DEBIAN_PYTHON.exists():
        return False
    return subprocess.run([DEBIAN_PYTHON, "-c", PROBE], capture_output=True).returncode == 0


pytestmark = [
    # Once is enough: the server is Debian's, the same beside every environment.
    pytest.mark.skipif(find_spec("tensorflow") is None, reason="runs on the workstation alone"),
    pytest.mark.skipif(
        not installed(),
        reason="no RTSP server: apt install gir1.2-gst-rtsp-server-1.0 python3-gst-1.0",
    ),
]


class Server:
    """The process, on a port that it keeps over its deaths."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [DEBIAN_PYTHON, SERVER, str(self.port), "user", "geheim"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def tell(self, word: str) -> None:
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def url(self, password: str = "geheim") -> str:
        return f"rtsp://user:{password}@127.0.0.1:{self.port}/yard"


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.kill()


def is_red(shot: object) -> bool:
    return isinstance(shot, Frame) and np.abs(shot.rgb[99, 99].astype(int) - FIRE).max() < 12


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_killed_mid_stream_comes_back_by_itself(server, transport):
    camera = open_camera(CameraSettings(url=server.url(), transport=transport, timeout_seconds=2.0))
    shots = camera.frames()
    frame = until(shots, is_red)[-1]
    assert 0 <= monotonic() - frame.time_s < 10
    server.kill()
    told = until(shots, lambda shot: isinstance(shot, LostFrame))
    server.start()
    told += until(shots, is_red)
    camera.close()
    problems = {shot.problem for shot in told if isinstance(shot, LostFrame)}
    assert problems
    assert not any("geheim" in problem for problem in problems)


def test_a_camera_that_goes_silent_with_its_connection_up_is_opened_anew(server):
    camera = open_camera(CameraSettings(url=server.url(), timeout_seconds=2.0))
    shots = camera.frames()
    until(shots, is_red)
    server.tell("silence")
    until(shots, lost("no frame has come from the camera for more than 2 s"))
    # Its clients gone, the server ends the pipeline; the next one that asks gets a new one.
    until(shots, is_frame)
    assert camera.reopened >= 1
    camera.close()


def test_a_wrong_password_is_named_and_not_shown(server):
    with pytest.raises(CameraError, match="401 Unauthorized") as caught:
        StreamCamera(StreamSource.network(server.url("falsch")))
    assert "falsch" not in str(caught.value)
