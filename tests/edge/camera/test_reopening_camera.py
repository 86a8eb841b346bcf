"""Cameras that fail, end, stall and hang, and are opened again."""

from collections.abc import Callable
from time import monotonic, sleep

import pytest

from edge.camera.camera import Camera
from edge.camera.reopening import ReopeningCamera
from edge.contract.errors import CameraError, MissingPackage
from tests.edge.camera.devices import Device
from tests.edge.camera.shots import is_frame, lost, until


class Opener:
    """Opens these devices, one after the other, and notes when; an error is raised instead."""

    def __init__(self, *devices: Device | Exception) -> None:
        self.devices = list(devices)
        self.opened: list[float] = []

    def __call__(self) -> Camera:
        self.opened.append(monotonic())
        device = self.devices.pop(0) if len(self.devices) > 1 else self.devices[0]
        if isinstance(device, Exception):
            raise device
        return device


def camera(opener: Callable[[], Camera], **more: float) -> ReopeningCamera:
    settings = {"lost_after_s": 0.05, "first_pause_s": 0.05, "stalled_s": 0.3} | more
    return ReopeningCamera("yard", opener, **settings)


def test_a_camera_that_fails_comes_back_with_lost_frames_meanwhile():
    back = Device(every_s=0.01)
    watched = camera(Opener(Device(3, 0.01), CameraError("unplugged"), back))
    shots = watched.frames()
    until(shots, is_frame)
    until(shots, lost("pictures of yard ended"))
    until(shots, lost("unplugged"))
    until(shots, is_frame)
    assert watched.reopened == 2
    watched.close()
    assert back.closed.is_set()


def test_numbers_go_on_over_a_reopening_and_none_comes_twice():
    watched = camera(Opener(*(Device(2, 0.01) for _ in range(4)), Device(every_s=0.01)))
    numbers = [shot.number for shot, _ in zip(watched.frames(), range(30), strict=False)]
    watched.close()
    assert numbers == sorted(set(numbers))


def test_the_pauses_double():
    opener = Opener(CameraError("no such device"))
    watched = camera(opener)
    shots = watched.frames()
    while len(opener.opened) < 5:
        next(shots)
    watched.close()
    gaps = [after - before for before, after in zip(opener.opened, opener.opened[1:], strict=False)]
    for number, gap in enumerate(gaps):
        assert gap >= 0.05 * 2**number


def test_a_pause_is_never_longer_than_half_a_minute():
    watched = ReopeningCamera("yard", Opener(CameraError("no")))
    pauses = [watched._next_pause() for _ in range(10)]
    assert pauses[:6] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert max(pauses) == 30.0


def test_a_stall_is_told_at_once_and_then_reopened():
    stalls, back = Device(every_s=0.005), Device(every_s=0.005)
    watched = camera(Opener(stalls, back))
    shots = watched.frames()
    until(shots, is_frame)
    stalls.go.clear()
    until(shots, lost("no frame has come from the camera for more than 0.05 s"))
    # The driver comes back only once the camera was given up.
    until(shots, lost("no frame has come from the camera for 0.3 s"))
    stalls.go.set()
    until(shots, is_frame)
    assert stalls.closed.is_set()
    assert watched.reopened == 1
    watched.close()


def test_a_driver_that_never_comes_back_ends_the_process_rather_than_lie():
    hangs = Device(every_s=0.005)
    watched = camera(Opener(hangs), stuck_s=0.2)
    shots = watched.frames()
    until(shots, is_frame)
    hangs.go.clear()
    with pytest.raises(CameraError, match="yard hangs in its driver.*a new process"):
        for _ in shots:
            pass
    watched.close()
    hangs.go.set()


def test_a_restart_from_outside_opens_it_anew():
    first, second = Device(every_s=0.005), Device(every_s=0.005)
    watched = camera(Opener(first, second))
    shots = watched.frames()
    until(shots, is_frame)
    watched.restart("its picture is frozen")
    until(shots, lost("opened anew because its picture is frozen"))
    until(shots, is_frame)
    assert first.closed.is_set()
    assert watched.reopened == 1
    watched.close()


def test_restarts_asked_for_while_it_is_opened_anyway_do_nothing():
    opener = Opener(CameraError("no such device"))
    watched = camera(opener)
    shots = watched.frames()
    for _ in range(10):
        next(shots)
        watched.restart("no picture")
    watched.close()
    assert len(opener.opened) <= 6


def test_what_no_reopening_can_mend_is_raised():
    watched = camera(Opener(MissingPackage("picamera2 is not installed")))
    with pytest.raises(MissingPackage):
        next(watched.frames())


def test_closing_ends_the_frames():
    device = Device(every_s=0.005)
    watched = camera(Opener(device))
    shots = watched.frames()
    until(shots, is_frame)
    watched.close()
    assert len(list(shots)) <= 1
    assert device.closed.is_set()


def test_the_frames_that_were_dropped_are_counted_over_reopenings():
    watched = camera(Opener(Device(40, 0.001), Device(every_s=0.01)))
    shots = watched.frames()
    until(shots, is_frame)
    while not lost("ended")(next(shots)):
        sleep(0.01)
    assert watched.dropped > 0
    watched.close()
