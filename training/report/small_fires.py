"""SmallFires: how small a hazard in the frame may be and still be found, as the report shows it."""

from dataclasses import dataclass
from typing import Any

from converter.statistics import Proportion


@dataclass(frozen=True)
class Way:
    """A way of looking: its recall for each size, and the normal frames that alarm in it."""

    name: str
    recall: tuple[Proportion, ...]
    normal_frames: Proportion | None


@dataclass(frozen=True)
class SmallFires:
    """Hazards pasted into normal frames: `sizes` are shares of the frame's area, largest first.

    `normal_tiles` is the share of tiles of normal frames called normal, `textureless` the share
    of those with the least texture that are called a hazard.
    """

    sizes: tuple[float, ...]
    ways: tuple[Way, ...]
    normal_tiles: Proportion | None
    textureless: Proportion | None

    @property
    def size_names(self) -> list[str]:
        """Return the sizes as such as `1/9`."""
        return [f"1/{round(1 / size)}" for size in self.sizes]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SmallFires":
        """Read what `training.small_fire` wrote.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is of another form.
        """
        order = sorted(range(len(data["sizes"])), key=lambda at: -float(data["sizes"][at]))
        frames = data.get("normal_frames") or {}
        ways = tuple(
            Way(
                name.replace("_", " "),
                tuple(Proportion(**shares[at]) for at in order),
                Proportion(**frames[name]) if name in frames else None,
            )
            for name, shares in data.items()
            if name != "sizes" and isinstance(shares, list) and len(shares) == len(order)
        )
        if not ways:
            raise ValueError("no way of looking")
        tiles, plain = data.get("normal_tiles"), (data.get("textureless") or {})
        return cls(
            sizes=tuple(float(data["sizes"][at]) for at in order),
            ways=ways,
            normal_tiles=Proportion(**tiles) if tiles else None,
            textureless=Proportion(**plain["false_alarms"]) if plain else None,
        )
