"""BoardSettings: how hot the board may get before it looks at fewer frames."""

from dataclasses import dataclass

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

MOST_FPS = 240.0


@dataclass(frozen=True)
class BoardSettings:
    """What the watch does before the board slows itself down, which a Pi does at 80 to 85 C.

    Raises:
        ConfigError: a figure out of range or out of order.
    """

    warm_celsius: float = setting(75.0, "from here on it looks at fewer frames, in steps")
    hot_celsius: float = setting(80.0, "from here on at `hot_fps` alone")
    warm_fps: float = setting(4.0, "the most frames a second at `warm_celsius`")
    hot_fps: float = setting(1.0, "the most frames a second at `hot_celsius`")

    def __post_init__(self) -> None:
        if not 30.0 <= self.warm_celsius < self.hot_celsius <= 110.0:
            raise ConfigError(
                "warm_celsius and hot_celsius are out of order or range",
                found=f"{self.warm_celsius:g} and {self.hot_celsius:g}",
                expected="30 or more, the second above the first, at most 110",
            )
        if not 0.5 <= self.hot_fps <= self.warm_fps <= MOST_FPS:
            raise ConfigError(
                "warm_fps and hot_fps are out of order or range",
                found=f"{self.warm_fps:g} and {self.hot_fps:g}",
                expected="frames a second, at least 0.5, the second no more than the first",
            )
