"""The thread that reads a live camera, with cameras that hang, die and end."""

import ctypes
import threading
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from edge.camera.camera import LostFrame, Shot
from edge.camera.newest import NewestFrame
from edge.contract.errors import CameraError, MissingPackage
from edge.inference.prediction import Frame
from tests.edge.camera.devices import BLANK, Device


def test_only_the_newest_frame_is_given_and_the_others_are_counted():
    device = Device(every_s=0.002)
    camera = NewestFrame("yard", lambda: device)
    shots = camera.frames()
    first = next(shots)
    while device.given < 30:
        sleep(0.01)
    newest_was = device.given
    second = next(shots)
    assert second.number >= newest_was - 2
    assert second.number > first.number + 10
    assert camera.dropped >= 10
    camera.close()
    assert device.closed.is_set()
    assert list(shots) == []


def test_no_frame_is_given_twice():
    device = Device(every_s=0.01)
    camera = NewestFrame("yard", lambda: device)
    numbers = [shot.number for shot, _ in zip(camera.frames(), range(20), strict=False)]
    camera.close()
    assert numbers == sorted(set(numbers))


def test_a_blocked_read_blocks_nobody_and_says_so():
    device = Device(every_s=0.005)
    camera = NewestFrame("yard", lambda: device, lost_after_s=0.2)
    shots = camera.frames()
    assert isinstance(next(shots), Frame)
    device.go.clear()
    device.blocked.wait(10)
    lost = [shot for shot, _ in zip(shots, range(3), strict=False)][-1]
    assert isinstance(lost, LostFrame)
    assert "no frame has come" in lost.problem
    assert abs(lost.time_s - monotonic()) < 5
    device.go.set()
    assert any(isinstance(shot, Frame) for shot, _ in zip(shots, range(50), strict=False))
    camera.close()


def test_closing_does_not_wait_for_a_driver_that_hangs():
    device = Device()
    device.go.clear()
    camera = NewestFrame("yard", lambda: device, lost_after_s=0.05)
    lost = next(camera.frames())
    assert isinstance(lost, LostFrame)
    assert "given no frame yet" in lost.problem
    started = monotonic()
    camera.close()
    assert monotonic() - started < 20
    assert camera.stuck
    device.go.set()
    assert device.closed.wait(10)


def test_an_opening_that_hangs_blocks_nobody():
    hold = threading.Event()

    def open_camera() -> Device:
        hold.wait()
        return Device()

    camera = NewestFrame("yard", open_camera, lost_after_s=0.05)
    assert isinstance(next(camera.frames()), LostFrame)
    hold.set()
    camera.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_killed_is_noticed():
    device = Device(every_s=0.01)
    camera = NewestFrame("yard", lambda: device, lost_after_s=0.5)
    shots = camera.frames()
    next(shots)
    thread = next(t for t in threading.enumerate() if t.name == "camera yard")
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
    )
    with pytest.raises(CameraError, match="thread that reads the camera died"):
        for _ in shots:
            pass
    camera.close()


def test_a_live_camera_that_ends_is_a_fault():
    camera = NewestFrame("yard", lambda: Device(steps=2))
    with pytest.raises(CameraError, match="pictures of yard ended"):
        list(camera.frames())


@pytest.mark.parametrize(
    ("raised", "expected", "says"),
    [
        (CameraError("gone"), CameraError, "gone"),
        (MissingPackage("no such package"), MissingPackage, "no such package"),
        (RuntimeError("dma heap"), CameraError, "yard failed; found RuntimeError: dma heap"),
    ],
)
def test_whatever_a_driver_raises_comes_out_as_an_error_of_ours(raised, expected, says):
    def open_camera() -> Device:
        raise raised

    with pytest.raises(expected, match=says):
        next(NewestFrame("yard", open_camera).frames())


def test_a_size_scaled_by_the_camera_comes_through():
    class Scaling(Device):
        def frames(self) -> Iterator[Shot]:
            yield Frame(BLANK, 1.0, 0, small=BLANK[:1])

    shot = next(NewestFrame("yard", Scaling).frames())
    assert shot.small.shape == (1, 2, 3)
