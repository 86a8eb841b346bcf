"""EyeSettings: what the eye sends beside its scores."""

from dataclasses import dataclass

from edge.contract.errors import ConfigError
from edge.contract.setting import setting


@dataclass(frozen=True)
class EyeSettings:
    """Pictures for the page and for evidence; they wait in memory and are kept on an alarm.

    Raises:
        ConfigError: a figure that is out of range.
    """

    evidence_fps: float = setting(2.0, "pictures a second, 0 for none")
    evidence_width: int = setting(640, "at least so many pixels wide, where the camera gives them")
    evidence_quality: int = setting(80, "of the JPEG, 1 to 95")

    def __post_init__(self) -> None:
        ranges = {
            "evidence_fps": (0, 30),
            "evidence_width": (64, 4608),
            "evidence_quality": (1, 95),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(
                    f"{name} is out of range", found=value, expected=f"{low} to {high}"
                )
