"""PicameraPlan: what the settings ask of a Raspberry Pi's camera, in libcamera's words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge.contract.errors import ConfigError

if TYPE_CHECKING:
    from edge.camera.settings import CameraSettings

# libcamera's numbers (control_ids_core.yaml): AfMode, AfTrigger, AwbMode.
AF_MANUAL, AF_ONCE, AF_CONTINUOUS = 0, 1, 2
AF_START = 0
WHITE_BALANCES = ("auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy")


@dataclass(frozen=True)
class PicameraPlan:
    """What to ask of the camera: picamera2's controls by name, and the sizes.

    `small` is the size of the model's input, width and height, that the ISP scales to, or None.
    """

    name: str
    device: int
    size: tuple[int, int]
    fps: float
    controls: tuple[tuple[str, Any], ...]
    small: tuple[int, int] | None = None

    @classmethod
    def of(
        cls, settings: "CameraSettings", fps: float, model_size: tuple[int, int] | None
    ) -> "PicameraPlan":
        """Return the plan of the settings.

        Raises:
            ConfigError: the ISP is to scale to no known size.
        """
        device = settings.device or "0"
        small = None
        if settings.scaler == "isp":
            if model_size is None:
                raise ConfigError(
                    'scaler = "isp" goes only with a model that takes the whole picture, squashed'
                )
            small = model_size
        return cls(
            f"Raspberry Pi camera {device}",
            int(device),
            (settings.width, settings.height),
            fps,
            tuple(_controls(settings, fps).items()),
            small,
        )


def _controls(settings: "CameraSettings", fps: float) -> dict[str, Any]:
    """Return picamera2's controls; times are in microseconds, the lens in 1 / metres."""
    shortest = round(1e6 / fps)
    longest = max(shortest, round(1e3 * (settings.night_exposure_ms or 0)))
    controls: dict[str, Any] = {"FrameDurationLimits": (shortest, longest)}
    if settings.exposure_ms is not None:
        controls["ExposureTime"] = round(1e3 * settings.exposure_ms)
        controls["FrameDurationLimits"] = (max(shortest, controls["ExposureTime"]),) * 2
    if settings.gain is not None:
        controls["AnalogueGain"] = settings.gain
    if settings.white_balance != "auto":
        controls["AwbMode"] = WHITE_BALANCES.index(settings.white_balance)
    if settings.focus == "continuous":
        controls["AfMode"] = AF_CONTINUOUS
    elif settings.focus == "once":
        controls |= {"AfMode": AF_ONCE, "AfTrigger": AF_START}
    elif settings.focus_metres is not None:
        controls |= {"AfMode": AF_MANUAL, "LensPosition": 1 / settings.focus_metres}
    return controls
