"""CameraSettings: which camera to watch, and at what pace."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from edge.camera.kinds import check_device, check_keys, check_ranges, check_url
from edge.contract.errors import ConfigError
from edge.contract.setting import setting

Kind = Literal["auto", "picamera", "v4l2", "stream", "clip", "folder"]
Speed = Literal["real-time", "fast"]
Transport = Literal["tcp", "udp"]
Focus = Literal["continuous", "once", "manual", "none"]
WhiteBalance = Literal["auto", "tungsten", "fluorescent", "indoor", "daylight", "cloudy"]
Scaler = Literal["ours", "isp"]
Turn = Literal[0, 90, 180, 270]
USUAL_FOLDER_FPS = 1.0
USUAL_FPS = 10.0


@dataclass(frozen=True)
class CameraSettings:
    """The camera; docs/cameras.md says how to set each kind up.

    Raises:
        ConfigError: a figure out of range, a key that does not go with the kind of camera, or
            one that it lacks.
    """

    path: Path | None = setting(
        None, "of the clip, or of the folder of pictures", example="yard.mp4"
    )
    kind: Kind = setting(
        "auto",
        'a Raspberry Pi camera ("picamera"), a USB one ("v4l2"), a network one ("stream"), '
        'a video file ("clip") or pictures ("folder"); "auto" is the one that path, url or '
        "device goes with, and without them picamera",
    )
    url: str | None = setting(
        None,
        "of the stream, with name and password if it has them; shown nowhere",
        example="rtsp://name:word@10.0.0.9/2",
        secret=True,
    )
    device: str | None = setting(
        None, 'v4l2: its file; picamera: its number, "0" the first', example="/dev/video0"
    )
    width: int = setting(1280, "of the picture to ask for (picamera, v4l2), in pixels")
    height: int = setting(720, "of the picture to ask for (picamera, v4l2), in pixels")
    fps: float | None = setting(
        None,
        "pictures a second to ask for (picamera: 10 unless said, v4l2), or to take from a folder",
        example=10.0,
    )
    max_fps: float | None = setting(
        None,
        "look at no more frames a second than this (10 of a stream, unless said)",
        example=5.0,
    )
    pace: Speed = setting(
        "real-time", 'or "fast": every frame of a recording, as fast as it goes (clip, folder)'
    )
    turn: Turn = setting(
        0, "degrees clockwise that make the picture upright: 180 for a camera on its head"
    )
    transport: Transport = setting("tcp", 'of RTSP: "tcp" loses no packets, "udp" may')
    timeout_seconds: float = setting(
        10.0, "a stream that is silent for so long is opened anew, in seconds"
    )
    focus: Focus = setting(
        "none",
        'picamera: "continuous" or "once" (autofocus), "manual" (see focus_metres); "none" for '
        "a lens that cannot",
    )
    focus_metres: float | None = setting(
        None, "picamera: the distance that is sharp with manual focus", example=5.0
    )
    exposure_ms: float | None = setting(
        None, "picamera: a fixed exposure; left out, it is automatic", example=20.0
    )
    gain: float | None = setting(
        None, "picamera: a fixed analogue gain; left out, it is automatic", example=4.0
    )
    white_balance: WhiteBalance = setting("auto", "picamera: what the light is taken to be")
    night_exposure_ms: float | None = setting(
        None,
        "picamera: let the exposure grow up to this in the dark, and the rate fall with it",
        example=200.0,
    )
    scaler: Scaler = setting(
        "ours",
        'picamera: who scales to the model\'s size; "isp" costs no processor time, but is not '
        "what the model was trained with (docs/decisions/camera-path.md)",
    )

    def __post_init__(self) -> None:
        given = {key.name for key in fields(self) if getattr(self, key.name) != key.default}
        check_keys(self.used_kind, given)
        check_ranges(self)
        if self.url is not None:
            check_url(self.url)
        if self.device is not None:
            check_device(self.used_kind, self.device)
        if (self.focus == "manual") != (self.focus_metres is not None):
            raise ConfigError(
                'focus = "manual" and focus_metres go together',
                found=f'focus = "{self.focus}", focus_metres = {self.focus_metres}',
            )
        if self.exposure_ms is not None and self.night_exposure_ms is not None:
            raise ConfigError(
                "exposure_ms is a fixed exposure and night_exposure_ms the end of a moving one",
                next_step="remove one of them",
            )

    @property
    def used_kind(self) -> Kind:
        """Return the kind that is meant, never "auto"."""
        if self.kind != "auto":
            return self.kind
        if self.path is not None:
            return "clip"
        if self.url is not None:
            return "stream"
        return "v4l2" if (self.device or "").startswith("/dev/") else "picamera"
