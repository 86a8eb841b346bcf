"""A stream's stamps on our clock, and what is made of pictures that come late."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.stream import StreamCamera, StreamSource
from edge.camera.stream_clock import StreamClock
from edge.contract.errors import CameraError
from tests.fakes.stream_server import StreamServer


def test_a_picture_that_came_slower_than_another_is_older_by_as_much():
    clock = StreamClock()
    assert clock.taken(5.0, 1000.0) == 1000.0
    assert clock.taken(5.1, 1000.4) == pytest.approx(1000.1)
    assert clock.taken(5.2, 1000.2) == pytest.approx(1000.2)


def test_a_picture_that_came_faster_mends_what_was_thought():
    clock = StreamClock()
    clock.taken(0.0, 100.5)
    assert clock.taken(0.1, 100.1) == 100.1
    assert clock.taken(0.2, 100.7) == pytest.approx(100.2)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 3)), min_size=1, max_size=60),
    st.floats(-1e6, 1e6),
)
def test_no_picture_is_from_the_future_nor_older_than_it_can_be(stamps, offset):
    clock = StreamClock()
    for stamp, way in sorted(stamps):
        came = stamp + offset + way + 3e6
        taken = clock.taken(stamp, came)
        assert taken <= came
        assert came - taken <= 3.01


def test_a_camera_whose_clock_runs_wrong_is_not_taken_for_a_late_one():
    clock = StreamClock()
    late = []
    for number in range(4 * 3600):
        came = float(number)
        late.append(came - clock.taken(came * (1 - 100e-6), came))
    assert max(late) < 0.2


def test_a_stream_that_falls_behind_is_seen_to():
    clock = StreamClock()
    late = [number - clock.taken(0.9 * number, float(number)) for number in range(100)]
    assert late[-1] == pytest.approx(0.1 * 99)


def test_a_stream_that_begins_anew_begins_anew():
    clock = StreamClock()
    clock.taken(5000.0, 100.0)
    assert clock.taken(0.0, 101.0) == 101.0
    assert clock.taken(9000.0, 102.0) == 102.0


def test_a_picture_without_a_stamp_was_taken_when_it_came():
    assert StreamClock().taken(None, 7.0) == 7.0


def test_pictures_that_are_long_past_are_refused(tmp_path):
    """As if this machine decoded each second's pictures in three."""
    write_ts(tmp_path / "yard.ts", 60)
    ticks = iter(np.arange(0.0, 1000.0, 0.3))
    with StreamServer(tmp_path) as server:
        source = StreamSource.network(f"http://127.0.0.1:{server.port}/yard.ts")
        camera = StreamCamera(source, clock=lambda: float(next(ticks)))
        with pytest.raises(CameraError, match="come too late; found 5.* s; expected at most 5 s"):
            list(camera.frames())
        camera.close()


def write_ts(file, pictures: int) -> None:
    import av

    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg2video", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(pictures):
            picture = np.full((48, 64, 3), 90, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
