"""open_camera: the camera that settings describe."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from edge.camera.camera import Camera
from edge.camera.pace import PacedCamera
from edge.camera.settings import USUAL_FOLDER_FPS, USUAL_FPS, CameraSettings


def open_camera(
    settings: CameraSettings,
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
    if settings.used_kind in ("clip", "folder"):
        fast = settings.pace == "fast"
        recorded = _recorded(settings, settings.path or Path())
        return PacedCamera(recorded, clock, wait, real_time=not fast, max_fps=settings.max_fps)
    return _live(settings, clock, model_size)


def _recorded(settings: CameraSettings, path: Path) -> Camera:
    if settings.used_kind == "clip":
        from edge.camera.clip import ClipCamera

        return ClipCamera(path)
    from edge.camera.folder import FolderCamera

    return FolderCamera(path, USUAL_FOLDER_FPS if settings.fps is None else settings.fps)


def _live(
    settings: CameraSettings, clock: Callable[[], float], model_size: tuple[int, int] | None
) -> Camera:
    from edge.camera.newest import LOST_AFTER_SECONDS
    from edge.camera.reopening import STUCK_SECONDS, ReopeningCamera

    name, fps, open_camera = _opener(settings, clock, model_size)
    if settings.turn:
        open_camera = _turned(settings, open_camera)
    # The rate that even a dark night leaves.
    rates = [r for r in (fps, settings.max_fps, _night_fps(settings)) if r]
    lost_after_s = max(LOST_AFTER_SECONDS, 2.5 / min(rates, default=USUAL_FPS))
    return ReopeningCamera(
        name,
        open_camera,
        fps=min(rates) if fps else 0.0,
        lost_after_s=lost_after_s,
        stalled_s=max(settings.timeout_seconds, lost_after_s),
        # FFmpeg may wait twice, and comes back then; other drivers do at once or never.
        stuck_s=STUCK_SECONDS + (2 * settings.timeout_seconds if settings.url else 0),
        clock=clock,
    )


def _turned(settings: CameraSettings, open_camera: Callable[[], Camera]) -> Callable[[], Camera]:
    from edge.camera.turned import TurnedCamera

    return lambda: TurnedCamera(open_camera(), settings.turn)


def _night_fps(settings: CameraSettings) -> float:
    return 1e3 / settings.night_exposure_ms if settings.night_exposure_ms else 0.0


def _opener(
    settings: CameraSettings, clock: Callable[[], float], model_size: tuple[int, int] | None
) -> tuple[str, float, Callable[[], Camera]]:
    if settings.used_kind == "picamera":
        from edge.camera.picamera import PicameraCamera
        from edge.camera.picamera_plan import PicameraPlan

        plan = PicameraPlan.of(settings, settings.fps or USUAL_FPS, model_size)
        return plan.name, plan.fps, lambda: PicameraCamera(plan, settings.max_fps, clock)
    from edge.camera.stream import StreamCamera, StreamSource

    if settings.used_kind == "v4l2":
        device, timeout_s = settings.device or "/dev/video0", settings.timeout_seconds
        source = StreamSource.device(
            device, settings.width, settings.height, settings.fps, timeout_s
        )
    else:
        source = StreamSource.network(
            settings.url or "", settings.transport, settings.timeout_seconds
        )
    # Turning a picture into RGB costs as much as scaling it; a camera may send 25 a second.
    most = settings.max_fps or (USUAL_FPS if settings.fps is None else None)
    return source.name, settings.fps or 0.0, lambda: StreamCamera(source, most, clock)
