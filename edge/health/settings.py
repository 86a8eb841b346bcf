"""HealthSettings: when the camera counts as blind."""

from dataclasses import dataclass

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

# The faults that a person may switch off, by the source of their trouble.
FAULTS = (
    "camera-black",
    "camera-white",
    "camera-covered",
    "camera-defocused",
    "camera-moved",
    "camera-colours",
    "camera-frozen",
    "camera-rate",
)
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class HealthSettings:
    """When the camera counts as blind, which is a trouble and never "no fire".

    Raises:
        ConfigError: a figure out of range, or a fault that there is not.
    """

    blind_after_seconds: float = setting(
        5.0, "no picture that can be used for this long is a trouble, in seconds"
    )
    clear_after_seconds: float = setting(
        2.0, "the picture must be good for this long to end such a trouble, in seconds"
    )
    black_below: float = setting(
        12.0, "black: not one pixel in a hundred is brighter than this, 0 to 255"
    )
    white_share: float = setting(0.9, "white: this share of the picture is as bright as can be")
    covered_below: float = setting(
        0.25, "covered: fewer of the scene's edges than this share are left"
    )
    defocus_below: float = setting(0.2, "defocused: sharpness under this share of the scene's own")
    moved_below: float = setting(
        0.4, "moved: the edges are less like the scene's own than this, -1 to 1"
    )
    frozen_change: float = setting(
        0.02, "frozen: frames differ by less than this, mean grey levels of 255"
    )
    least_rate: float = setting(
        0.5, "wrong frame rate: fewer frames than this share of those asked for"
    )
    most_lost: float = setting(0.6, "lost frames: more than this share of them")
    ignore: tuple[str, ...] = setting(
        (), "faults not to look for", example=("camera-moved", "camera-rate")
    )

    def __post_init__(self) -> None:
        ranges = {
            "blind_after_seconds": (0.5, LONGEST_SECONDS),
            "clear_after_seconds": (0.0, LONGEST_SECONDS),
            "black_below": (0.0, 255.0),
            "white_share": (0.0, 1.0),
            "covered_below": (0.0, 1.0),
            "defocus_below": (0.0, 1.0),
            "moved_below": (-1.0, 1.0),
            "frozen_change": (0.0, 255.0),
            "least_rate": (0.0, 1.0),
            "most_lost": (0.0, 1.0),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ConfigError(
                    f"{name} is out of range",
                    found=getattr(self, name),
                    expected=f"{low:g} to {high:g}",
                )
        for fault in self.ignore:
            if fault not in FAULTS:
                raise ConfigError(
                    f"ignore names a fault that there is not: {fault!r}",
                    expected="some of " + ", ".join(FAULTS),
                )
