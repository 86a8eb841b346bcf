"""The [camera] section: what goes with what, and what each mistake is told."""

import pytest

from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.contract.errors import ConfigError

URL = "rtsp://user:geheim@10.0.0.9/2"


def read(tmp_path, text: str) -> CameraSettings:
    return Config.from_toml(f'[model]\nbundle = "m.ember"\n[camera]\n{text}', tmp_path).camera


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "picamera"),
        ('device = "1"', "picamera"),
        ('device = "/dev/video0"', "v4l2"),
        (f'url = "{URL}"', "stream"),
        ('path = "yard.mp4"', "clip"),
        ('kind = "folder"\npath = "pictures"', "folder"),
        ('kind = "v4l2"', "v4l2"),
    ],
)
def test_the_kind_follows_from_what_is_said(tmp_path, text, kind):
    assert read(tmp_path, text).used_kind == kind


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('kind = "stream"', 'kind = "stream" needs url'),
        ('kind = "clip"', 'kind = "clip" needs path'),
        ('kind = "folder"', 'kind = "folder" needs path'),
        (f'kind = "v4l2"\nurl = "{URL}"', 'url is not for kind = "v4l2".*with kind = "stream"'),
        (f'url = "{URL}"\npath = "yard.mp4"', 'url is not for kind = "clip"'),
        (f'url = "{URL}"\nwidth = 640', 'width is not for kind = "stream".*"picamera" or "v4l2"'),
        ('path = "yard.mp4"\ngain = 2.0', 'gain is not for kind = "clip"'),
        ('kind = "v4l2"\nfocus = "continuous"', 'focus is not for kind = "v4l2"'),
        ('kind = "picamera"\ndevice = "/dev/video0"', "no Raspberry Pi camera's number"),
        ('kind = "v4l2"\ndevice = "0"', "no file in /dev; found 0"),
        ("width = 641", "even numbers; found 641 x 720"),
        ("width = 20", "width is out of range; found 20; expected 64 to 4608"),
        ("turn = 45", "turn.*found 45; expected 0 or 90 or 180 or 270"),
        ('path = "yard.mp4"\nturn = 180', 'turn is not for kind = "clip"'),
        ("fps = 0", "fps is out of range"),
        ("max_fps = -1", "max_fps is out of range"),
        ("exposure_ms = 0", "exposure_ms is out of range"),
        ("gain = 0.5", "gain is out of range; found 0.5; expected 1 to 64"),
        ("timeout_seconds = 0.1", "timeout_seconds is out of range"),
        ('focus = "manual"', "go together"),
        ("focus_metres = 2", "go together"),
        ("exposure_ms = 20\nnight_exposure_ms = 200", "a fixed exposure"),
        ('white_balance = "pink"', "white_balance.*found 'pink'"),
        ('scaler = "gpu"', 'expected "ours" or "isp"'),
        ('transport = "udp"', 'transport is not for kind = "picamera"'),
    ],
)
def test_each_mistake_is_told(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "url",
    [
        "user:geheim@10.0.0.9/2",
        "file:///etc/geheim",
        "concat:geheim|b",
        "rtsp://",
        "rtsp://user:geheim@:554/2",
        "rtsp://user:geheim@host:99999/2",
        "http://[geheim/",
        "",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError, match="url is not a camera's address") as caught:
        CameraSettings(url=url)
    assert "geheim" not in caught.value.line()


def test_the_url_is_in_no_representation():
    assert "geheim" not in repr(CameraSettings(url=URL))
