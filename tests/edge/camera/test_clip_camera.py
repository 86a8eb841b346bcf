"""Clips: their pixels, their times, and what is wrong with some."""

from collections.abc import Iterator

import numpy as np
import pytest

from edge.camera.clip import ClipCamera
from edge.camera.settings import CameraSettings
from edge.contract.errors import CameraError, ConfigError, InputError
from edge.inference.prediction import Frame
from tests.fakes.clips import fire_clip, turn_clockwise, write_clip
from tests.fakes.tiny_bundle import FIRE, MISC, plain


def frames(path) -> Iterator[Frame]:
    camera = ClipCamera(path)
    yield from camera.frames()
    camera.close()


def test_frames_are_rgb_with_their_times(tmp_path):
    shots = list(frames(fire_clip(tmp_path / "clip.mp4", 1.0, 2.0)))
    assert [shot.number for shot in shots] == list(range(20))
    assert [shot.time_s for shot in shots] == pytest.approx([n / 10 for n in range(20)])
    for shot, colour in ((shots[0], MISC), (shots[-1], FIRE)):
        assert shot.rgb.shape == (48, 64, 3)
        assert shot.rgb.dtype == np.uint8
        # The codec rounds, and its chroma is coarse; R and B are not exchanged.
        assert np.abs(shot.rgb.astype(int) - colour).max() < 12


def test_a_lying_picture_is_turned_upright(tmp_path):
    picture = plain(MISC)
    picture[:24] = FIRE
    clip = write_clip(tmp_path / "clip.mp4", [picture] * 3)
    turn_clockwise(clip)
    upright = next(frames(clip)).rgb
    assert upright.shape == (64, 48, 3)
    assert np.abs(upright[:, -8:].astype(int) - FIRE).max() < 20
    assert np.abs(upright[:, :8].astype(int) - MISC).max() < 20


def test_no_such_clip(tmp_path):
    with pytest.raises(InputError, match="there is no clip"):
        ClipCamera(tmp_path / "none.mp4")


@pytest.mark.parametrize("content", [b"", b"this is a text file, not a clip\n" * 40])
def test_a_file_that_is_no_clip(tmp_path, content):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)
    with pytest.raises(CameraError) as caught:
        list(frames(clip))
    assert "\n" not in caught.value.line()


def test_a_clip_cut_short_is_a_fault(tmp_path):
    whole = fire_clip(tmp_path / "whole.mp4")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(CameraError, match=r"no pictures|cannot be read"):
        list(frames(cut))


def test_a_clip_with_noise_in_it_ends_in_frames_or_a_fault_and_nothing_else(tmp_path):
    whole = fire_clip(tmp_path / "whole.avi")
    data = bytearray(whole.read_bytes())
    generator = np.random.default_rng(3)
    data[len(data) // 3 : len(data) // 2] = generator.bytes(len(data) // 2 - len(data) // 3)
    whole.write_bytes(data)
    try:
        assert len(list(frames(whole))) <= 40
    except CameraError as error:
        assert "cannot be read" in error.line()


def test_a_rate_of_its_own_is_refused_for_a_clip(tmp_path):
    with pytest.raises(ConfigError, match='fps is not for kind = "clip"'):
        CameraSettings(tmp_path / "clip.mp4", fps=5.0)
