"""A Raspberry Pi's camera, on a stand-in for picamera2 with the real one's memory order."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from PIL import Image

from edge.camera.camera import LostFrame
from edge.camera.opening import open_camera
from edge.camera.picamera import PicameraCamera
from edge.camera.picamera_plan import PicameraPlan
from edge.camera.settings import CameraSettings
from edge.contract.errors import CameraError, ConfigError, MissingPackage
from edge.inference.prediction import Frame
from tests.edge.camera.shots import is_frame, lost, until
from tests.fakes.tiny_bundle import FIRE

FAKES = Path(__file__).parents[2] / "fakes" / "pi"


@pytest.fixture
def board(monkeypatch, tmp_path) -> Iterator[Callable[..., None]]:
    """Return a function that says what the board has and what its camera sees."""
    file = tmp_path / "board.json"
    monkeypatch.setenv("FAKE_PICAMERA", str(file))
    monkeypatch.syspath_prepend(str(FAKES))
    facts: dict[str, object] = {}

    def say(**more: object) -> None:
        facts.update(more)
        file.write_text(json.dumps(facts))

    say(scene=list(FIRE))
    yield say
    say(fails=None)
    sys.modules.pop("picamera2", None)


def plan(model_size: tuple[int, int] | None = None, **keys: object) -> PicameraPlan:
    settings = CameraSettings(kind="picamera", **{"width": 640, "height": 360} | keys)
    return PicameraPlan.of(settings, settings.fps or 30.0, model_size)


def first(plan_: PicameraPlan) -> Frame:
    camera = PicameraCamera(plan_)
    try:
        return next(camera.frames())
    finally:
        camera.close()


def test_pictures_are_red_green_blue_though_the_format_is_called_bgr(board):
    frame = first(plan())
    assert frame.rgb.shape == (360, 640, 3)
    assert np.abs(frame.rgb.mean(axis=(0, 1)) - FIRE).max() < 3


def test_the_stand_in_has_the_real_ones_reversed_names(board):
    """Else the test above would prove nothing."""
    import picamera2

    camera = picamera2.Picamera2()
    camera.configure(camera.create_video_configuration(main={"format": "RGB888"}))
    camera.start()
    request = camera.capture_request()
    red_first = request.make_array("main").mean(axis=(0, 1))
    request.release()
    camera.close()
    assert np.abs(red_first - FIRE[::-1]).max() < 3


def test_the_time_is_the_sensors_own(board):
    camera = PicameraCamera(plan())
    for _, frame in zip(range(3), camera.frames(), strict=False):
        assert 0.015 < monotonic() - frame.time_s < 5
    camera.close()


def test_it_is_opened_by_the_settings_and_watched(board):
    camera = open_camera(CameraSettings(width=640, height=360, fps=25.0))
    assert camera.name == "Raspberry Pi camera 0"
    assert camera.live
    assert camera.fps == 25.0
    times = [shot.time_s for shot, _ in zip(camera.frames(), range(20), strict=False)]
    camera.close()
    assert 0.02 < np.median(np.diff(times)) < 0.5


@pytest.mark.parametrize("platform", ["VC4", "PISP"])
@pytest.mark.parametrize("size", [(1280, 720), (640, 480)])
def test_the_isp_scales_on_a_pi_4_and_a_pi_5_in_the_right_colours(board, platform, size):
    board(platform=platform)
    frame = first(plan((299, 299), width=size[0], height=size[1], scaler="isp"))
    assert frame.small is not None
    assert frame.small.shape == (299, 299, 3)
    assert frame.small.dtype == np.uint8
    assert np.abs(frame.small.mean(axis=(0, 1)) - FIRE).max() < 4
    assert frame.rgb.shape == (size[1], size[0], 3)


def test_a_scene_scaled_by_a_pi_4_is_not_torn(board, tmp_path):
    """Its planes have padded lines: read without them, every line would shift."""
    scene = np.zeros((240, 240, 3), np.uint8)
    scene[:120, :120], scene[:120, 120:], scene[120:, :120] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    Image.fromarray(scene).save(tmp_path / "scene.png")
    board(platform="VC4", scene=str(tmp_path / "scene.png"))
    small = first(plan((224, 224), scaler="isp")).small
    corners = [small[30, 30], small[30, 190], small[190, 30], small[190, 190]]
    wanted = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)]
    assert np.abs(np.array(corners, int) - wanted).max() < 16


@pytest.mark.parametrize(
    ("turn", "size", "corner"),
    [(90, (640, 360), (0, -1)), (180, (360, 640), (-1, -1)), (270, (640, 360), (-1, 0))],
)
def test_a_camera_on_its_side_or_head_is_turned_clockwise(board, tmp_path, turn, size, corner):
    scene = np.zeros((36, 64, 3), np.uint8)
    scene[:12, :12] = 255
    Image.fromarray(scene).save(tmp_path / "scene.png")
    board(scene=str(tmp_path / "scene.png"))
    settings = CameraSettings(width=640, height=360, turn=turn, scaler="isp")
    camera = open_camera(settings, model_size=(99, 99))
    frame = next(camera.frames())
    camera.close()
    assert frame.rgb.shape[:2] == size
    assert frame.small.shape == (99, 99, 3)
    for rgb in (frame.rgb, frame.small):
        assert rgb.flags.c_contiguous
        corners = rgb[np.ix_((0, -1), (0, -1))].mean(axis=2)
        assert (corners > 128).sum() == 1
        assert rgb[corner].mean() > 128


def test_scaling_by_the_isp_needs_a_model_that_takes_the_whole_picture(board):
    with pytest.raises(ConfigError, match="isp"):
        open_camera(CameraSettings(scaler="isp"))


@pytest.mark.parametrize(
    ("keys", "controls"),
    [
        ({"fps": 10.0}, {"FrameDurationLimits": (100_000, 100_000)}),
        (
            {"fps": 10.0, "night_exposure_ms": 500.0},
            {"FrameDurationLimits": (100_000, 500_000)},
        ),
        (
            {"fps": 10.0, "exposure_ms": 20.0, "gain": 4.0},
            {
                "FrameDurationLimits": (100_000, 100_000),
                "ExposureTime": 20_000,
                "AnalogueGain": 4.0,
            },
        ),
        ({"fps": 10.0, "exposure_ms": 300.0}, {"FrameDurationLimits": (300_000, 300_000)}),
        ({"focus": "continuous"}, {"AfMode": 2}),
        ({"focus": "once"}, {"AfMode": 1, "AfTrigger": 0}),
        ({"focus": "manual", "focus_metres": 4.0}, {"AfMode": 0, "LensPosition": 0.25}),
        ({"white_balance": "daylight"}, {"AwbMode": 5}),
        ({"white_balance": "tungsten"}, {"AwbMode": 2}),
    ],
)
def test_each_setting_reaches_the_camera(board, keys, controls):
    camera = PicameraCamera(plan(**keys))
    given = camera._camera.camera_configuration()["controls"]
    camera.close()
    assert given | controls == given


def test_the_dark_slows_it_down_and_that_is_no_fault(board):
    board(dark=True)
    settings = CameraSettings(width=640, height=360, fps=25.0, night_exposure_ms=150.0)
    camera = open_camera(settings)
    shots = [shot for shot, _ in zip(camera.frames(), range(5), strict=False)]
    camera.close()
    assert all(isinstance(shot, Frame) for shot in shots)
    assert np.median(np.diff([shot.time_s for shot in shots])) > 0.1
    assert camera.fps == pytest.approx(1000 / 150)


def test_autofocus_on_a_lens_that_has_none_is_refused(board):
    board(autofocus=False)
    with pytest.raises(CameraError, match="has no AfMode.*autofocus"):
        PicameraCamera(plan(focus="continuous"))
    assert first(plan()).number == 0


def test_no_camera_is_told_and_looked_for_again(board):
    board(cameras=0)
    camera = open_camera(CameraSettings(width=640, height=360))
    shots = camera.frames()
    until(shots, lost("there is no Raspberry Pi camera 0; found 0 cameras"))
    board(cameras=1)
    until(shots, is_frame)
    camera.close()


def test_a_camera_that_another_program_uses_is_told(board):
    board(fails="busy")
    with pytest.raises(CameraError, match="is another program using it"):
        PicameraCamera(plan())


def test_a_camera_that_breaks_comes_back(board):
    camera = open_camera(CameraSettings(width=640, height=360))
    shots = camera.frames()
    until(shots, is_frame)
    board(fails="broken")
    until(shots, lost("gives no pictures any more; found RuntimeError"))
    board(fails=None)
    until(shots, is_frame)
    camera.close()


def test_a_camera_that_goes_silent_is_told_long_before_it_is_given_up(board):
    camera = open_camera(CameraSettings(width=640, height=360))
    shots = camera.frames()
    until(shots, is_frame)
    board(fails="silent")
    shot = until(shots, lambda shot: isinstance(shot, LostFrame))[-1]
    assert "no frame has come from the camera for more than 2 s" in shot.problem
    board(fails=None)
    until(shots, is_frame)
    assert camera.reopened == 0
    camera.close()


def test_every_request_is_given_back(board):
    camera = PicameraCamera(plan(fps=100.0), max_fps=20)
    for _ in zip(camera.frames(), range(6), strict=False):
        pass
    assert camera._camera._held == 0
    camera.close()


def test_closing_lets_another_open_it(board):
    assert first(plan()).number == 0
    assert first(plan()).number == 0


def test_without_the_package_the_way_to_it_is_told():
    with pytest.raises(MissingPackage, match="python3-picamera2.*--system-site-packages"):
        PicameraCamera(plan())
