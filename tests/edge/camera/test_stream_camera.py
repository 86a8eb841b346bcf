"""Streams over HTTP: pictures, cuts, silence, passwords; on real sockets."""

import logging
from collections.abc import Iterator
from time import monotonic, sleep

import av
import numpy as np
import pytest

from edge.camera.camera import LostFrame
from edge.camera.opening import open_camera
from edge.camera.settings import CameraSettings
from edge.camera.stream import StreamCamera, StreamSource, public_name
from edge.contract.errors import CameraError
from edge.inference.prediction import Frame
from tests.edge.camera.shots import is_frame, lost, until
from tests.fakes.stream_server import StreamServer
from tests.fakes.tiny_bundle import FIRE, MISC, plain


@pytest.fixture
def server() -> Iterator[StreamServer]:
    with StreamServer() as running:
        yield running


def colour(frame: Frame) -> tuple[int, ...]:
    return tuple(int(value) for value in np.median(frame.rgb, axis=(0, 1)))


def near(frame: Frame, wanted: tuple[int, int, int]) -> bool:
    return np.abs(np.array(colour(frame)) - wanted).max() < 12


def test_pictures_come_in_red_green_blue_with_their_time(server):
    server.colour = FIRE
    camera = open_camera(CameraSettings(url=server.url))
    assert camera.live
    assert camera.name == f"http://127.0.0.1:{server.port}"
    before = monotonic()
    frames = [shot for shot in until(camera.frames(), is_frame) if isinstance(shot, Frame)]
    assert near(frames[0], FIRE)
    assert before <= frames[0].time_s <= monotonic()
    camera.close()


def test_a_stream_that_is_cut_and_revived_comes_back_by_itself(server):
    camera = open_camera(CameraSettings(url=server.url))
    shots = camera.frames()
    until(shots, is_frame)
    server.cut()
    until(shots, lost("broke off"))
    server.colour = FIRE
    server.revive()
    until(shots, lambda shot: isinstance(shot, Frame) and near(shot, FIRE))
    camera.close()


def test_a_server_that_goes_silent_without_hanging_up_is_noticed_and_left(server):
    camera = open_camera(CameraSettings(url=server.url, timeout_seconds=1.0))
    shots = camera.frames()
    until(shots, is_frame)
    server.silence()
    silent_since = monotonic()
    until(shots, lambda shot: isinstance(shot, LostFrame))
    assert monotonic() - silent_since < 30
    until(shots, lambda shot: lost("silent for too long")(shot) or lost("for 2 s")(shot))
    server.speak()
    until(shots, is_frame)
    camera.close()


def test_a_picture_seen_late_is_the_newest_and_not_the_next(server):
    server.fps = 50
    camera = open_camera(CameraSettings(url=server.url, max_fps=100))
    shots = camera.frames()
    until(shots, is_frame)
    served = server.served
    while server.served < served + 40:
        sleep(0.01)
    server.colour = FIRE
    served = server.served
    while server.served < served + 15:
        sleep(0.01)
    assert near(next(shots), FIRE)
    assert camera.dropped >= 20
    camera.close()


def test_no_more_pictures_come_than_are_wanted(server):
    server.fps = 50
    camera = StreamCamera(StreamSource.network(server.url), max_fps=10)
    times = [shot.time_s for shot, _ in zip(camera.frames(), range(6), strict=False)]
    camera.close()
    assert times[-1] - times[0] >= 0.49


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://user:geheim@127.0.0.1:{port}/mjpeg?token=geheim", "401"),
        ("http://user:geheim@127.0.0.1:1/mjpeg?token=geheim", "refused"),
        ("rtsp://user:geheim@127.0.0.1:1/geheim", "refused"),
        ("rtsp://user:geheim@127.0.0.1:{port}/geheim", "cannot be opened"),
    ],
)
def test_no_message_log_or_output_ever_holds_the_password(server, address, says, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    server.password = "other"
    settings = CameraSettings(url=address.format(port=server.port), timeout_seconds=1.0)
    camera = open_camera(settings)
    shot = next(camera.frames())
    camera.close()
    assert says in shot.problem
    with pytest.raises(CameraError) as caught:
        StreamCamera(StreamSource.network(str(settings.url), timeout_s=1.0))
    assert caught.value.__cause__ is None
    source = StreamSource.network(str(settings.url))
    shown = [shot.problem, camera.name, repr(settings), repr(source), str(caught.value)]
    assert "geheim" not in "".join([*shown, caplog.text, *capfd.readouterr()])


def test_the_right_password_opens(server):
    server.password = "richtig"
    url = server.url.replace("http://", "http://user:richtig@")
    camera = StreamCamera(StreamSource.network(url, timeout_s=5.0))
    assert near(next(camera.frames()), MISC)
    camera.close()


def test_an_address_is_shown_without_anything_secret():
    assert public_name("rtsp://u:p@cam.lan:554/s?x=y#z") == "rtsp://cam.lan:554"
    assert public_name("http://[fe80::1]/s") == "http://[fe80::1]"


def test_h264_comes_through_without_waiting_for_later_pictures(tmp_path):
    """A decoder with threads, one for each picture, would hold some back."""
    file = tmp_path / "yard.ts"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(20):
            rgb = plain(FIRE if number >= 10 else MISC)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode())
    with StreamServer(tmp_path) as server:
        url = f"http://127.0.0.1:{server.port}/yard.ts"
        camera = StreamCamera(StreamSource.network(url))
        frames = list(camera.frames())
        camera.close()
    assert len(frames) == 20
    assert near(frames[0], MISC)
    assert near(frames[-1], FIRE)


def test_an_hls_playlist_is_played_at_its_own_pace(tmp_path):
    times = []
    write_hls(tmp_path, seconds=2)
    with StreamServer(tmp_path) as server:
        url = f"http://127.0.0.1:{server.port}/live.m3u8"
        camera = StreamCamera(StreamSource.network(url, timeout_s=5.0))
        times = [shot.time_s for shot, _ in zip(camera.frames(), range(8), strict=False)]
        camera.close()
    # The segment comes at once; its pictures were taken 0.1 s apart.
    assert 0.05 < np.median(np.diff(times)) < 0.5


def write_hls(folder, seconds: int) -> None:
    with av.open(
        str(folder / "live.m3u8"), "w", format="hls", options={"hls_time": "2"}
    ) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(10 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(plain(FIRE), format="rgb24")))
        container.mux(stream.encode())


def test_a_playlist_cannot_have_us_read_our_own_files(tmp_path):
    write_hls(tmp_path, seconds=2)
    secret = next(tmp_path.glob("*.ts")).rename(tmp_path / "private.ts")
    playlist = tmp_path / "live.m3u8"
    lines = [
        f"file://{secret}" if line.endswith(".ts") else line
        for line in playlist.read_text().splitlines()
    ]
    playlist.write_text("\n".join(lines))
    with StreamServer(tmp_path) as server:
        url = f"http://127.0.0.1:{server.port}/live.m3u8"
        with pytest.raises(CameraError):
            next(StreamCamera(StreamSource.network(url, timeout_s=2.0)).frames())


def test_what_is_no_video_is_refused(tmp_path):
    (tmp_path / "page").write_text("<html>log in first</html>" * 100)
    with (
        StreamServer(tmp_path) as server,
        pytest.raises(CameraError, match="cannot be opened|gives no pictures"),
    ):
        StreamCamera(StreamSource.network(f"http://127.0.0.1:{server.port}/page"))


def test_a_usb_camera_that_is_not_there_is_named():
    camera = open_camera(CameraSettings(device="/dev/video99"))
    shot = next(camera.frames())
    camera.close()
    assert "/dev/video99 cannot be opened: No such file or directory" in shot.problem


def test_a_damaged_picture_is_lost_and_the_stream_goes_on(server):
    camera = StreamCamera(StreamSource.network(server.url))
    shots = camera.frames()
    next(shots)
    whole = server.jpeg
    server.jpeg = lambda: whole()[:4] + b"\x00" * 200
    until(shots, lost("damaged picture"), 200)
    server.jpeg = whole
    until(shots, is_frame, 200)
    camera.close()
