"""GateSettings: whether frames in which nothing moved may be left out."""

from dataclasses import dataclass

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

LONGEST_GAP_SECONDS = 60.0


@dataclass(frozen=True)
class GateSettings:
    """Leave out frames in which nothing moved, to keep a small board cool.

    Raises:
        ConfigError: a figure out of range.
    """

    enabled: bool = setting(False, "true to classify only frames in which something moved")
    max_gap_seconds: float = setting(1.0, "but classify one at least this often, in seconds")
    still_below: float = setting(
        3.0, "nothing moved: no cell of the picture changed by more grey levels of 255 than this"
    )

    def __post_init__(self) -> None:
        for name, value, most in (
            ("max_gap_seconds", self.max_gap_seconds, LONGEST_GAP_SECONDS),
            ("still_below", self.still_below, 255.0),
        ):
            if not 0 < value <= most:
                raise ConfigError(
                    f"{name} is out of range", found=value, expected=f"above 0, at most {most:g}"
                )
