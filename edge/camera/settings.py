"""CameraSettings: which camera to watch, and at what pace."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

from edge.camera.camera import Camera
from edge.camera.kinds import check_device, check_keys, check_ranges, check_url
from edge.camera.pace import PacedCamera
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

    def open(
        self,
        wait: Callable[[float], object] = sleep,
        clock: Callable[[], float] = monotonic,
        model_size: tuple[int, int] | None = None,
    ) -> Camera:
        """Open the camera; a live one is really opened, by its own thread, with its frames.

        `model_size`, width and height of the model's input, is what `scaler = "isp"` scales to.

        Raises:
            ConfigError: the ISP is to scale, and to no known size.
            InputError: no such clip or folder.
            CameraError: the clip cannot be read.
            MissingPackage: clips need PyAV, which is not installed.
        """
        if self.used_kind in ("clip", "folder"):
            fast = self.pace == "fast"
            recorded = self._recorded(self.path or Path())
            return PacedCamera(recorded, clock, wait, real_time=not fast, max_fps=self.max_fps)
        return self._live(clock, model_size)

    def _recorded(self, path: Path) -> Camera:
        if self.used_kind == "clip":
            from edge.camera.clip import ClipCamera

            return ClipCamera(path)
        from edge.camera.folder import FolderCamera

        return FolderCamera(path, USUAL_FOLDER_FPS if self.fps is None else self.fps)

    def _live(self, clock: Callable[[], float], model_size: tuple[int, int] | None) -> Camera:
        from edge.camera.newest import LOST_AFTER_SECONDS
        from edge.camera.reopening import STUCK_SECONDS, ReopeningCamera

        name, fps, open_camera = self._opener(clock, model_size)
        if self.turn:
            open_camera = self._turned(open_camera)
        # The rate that even a dark night leaves.
        rates = [r for r in (fps, self.max_fps, self._night_fps()) if r]
        lost_after_s = max(LOST_AFTER_SECONDS, 2.5 / min(rates, default=USUAL_FPS))
        return ReopeningCamera(
            name,
            open_camera,
            fps=min(rates) if fps else 0.0,
            lost_after_s=lost_after_s,
            stalled_s=max(self.timeout_seconds, lost_after_s),
            # FFmpeg may wait twice, and comes back then; other drivers do at once or never.
            stuck_s=STUCK_SECONDS + (2 * self.timeout_seconds if self.url else 0),
            clock=clock,
        )

    def _turned(self, open_camera: Callable[[], Camera]) -> Callable[[], Camera]:
        from edge.camera.turned import TurnedCamera

        return lambda: TurnedCamera(open_camera(), self.turn)

    def _night_fps(self) -> float:
        return 1e3 / self.night_exposure_ms if self.night_exposure_ms else 0.0

    def _opener(
        self, clock: Callable[[], float], model_size: tuple[int, int] | None
    ) -> tuple[str, float, Callable[[], Camera]]:
        if self.used_kind == "picamera":
            from edge.camera.picamera import PicameraCamera
            from edge.camera.picamera_plan import PicameraPlan

            plan = PicameraPlan.of(self, self.fps or USUAL_FPS, model_size)
            return plan.name, plan.fps, lambda: PicameraCamera(plan, self.max_fps, clock)
        from edge.camera.stream import StreamCamera, StreamSource

        if self.used_kind == "v4l2":
            device, timeout_s = self.device or "/dev/video0", self.timeout_seconds
            source = StreamSource.device(device, self.width, self.height, self.fps, timeout_s)
        else:
            source = StreamSource.network(self.url or "", self.transport, self.timeout_seconds)
        # Turning a picture into RGB costs as much as scaling it; a camera may send 25 a second.
        most = self.max_fps or (USUAL_FPS if self.fps is None else None)
        return source.name, self.fps or 0.0, lambda: StreamCamera(source, most, clock)
