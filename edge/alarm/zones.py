"""Zone: a part of the picture that is judged by itself, or not at all."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from edge.alarm.hours import Hours
from edge.contract.errors import ConfigError
from edge.contract.setting import setting

Kind = Literal["watch", "ignore", "higher"]
Point = tuple[float, float]
KINDS = ("watch", "ignore", "higher")
MOST_ZONES, MOST_POINTS, MOST_LETTERS = 32, 64, 60
# Of the frame: a polygon smaller than this is a slip of the hand.
LEAST_AREA = 0.0005


@dataclass(frozen=True)
class Zone:
    """A part of the picture that is judged by itself, or not at all; drawn on the web page.

    Raises:
        ConfigError: a polygon that is none, or a threshold that does not go with the kind.
    """

    name: str = setting(words="shown in an alarm", example="hearth")
    points: tuple[tuple[float, ...], ...] = setting(
        words="corners of a polygon: shares of width and height",
        example=((0.1, 0.5), (0.4, 0.5), (0.3, 1.0)),
    )
    kind: Kind = setting(
        "watch",
        '"watch": judged by itself as well; "ignore": never counts; '
        '"higher": judged by itself alone, by a higher raise_at',
    )
    raise_at: float | None = setting(
        None, "for watch and higher: instead of [alarm] raise_at", example=0.9
    )
    times: tuple[str, ...] = setting(
        (), "the zone is there at these times only", example=("17:00-23:00",)
    )
    days: tuple[str, ...] = setting((), "and on these days", example=("sat", "sun"))

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > MOST_LETTERS:
            raise ConfigError(
                "a zone's name is out of range",
                found=repr(self.name),
                expected=f"1 to {MOST_LETTERS} letters",
            )
        if self.kind not in KINDS:
            raise self._wrong("kind", self.kind, " or ".join(KINDS))
        _check_points(self)
        if self.kind == "ignore" and self.raise_at is not None:
            raise self._wrong("raise_at", self.raise_at, "none where the kind is ignore")
        if self.kind == "higher" and self.raise_at is None:
            raise self._wrong("raise_at", None, "a threshold where the kind is higher")
        if self.raise_at is not None and not 0 < self.raise_at <= 1:
            raise self._wrong("raise_at", self.raise_at, "above 0 and at most 1")
        _ = self.hours

    @property
    def hours(self) -> Hours:
        """Return when the zone is there."""
        return Hours(self.times, self.days)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {
            "points": [list(point) for point in self.points],
            "times": list(self.times),
            "days": list(self.days),
        }

    @classmethod
    def from_json(cls, data: object) -> "Zone":
        """Read what `to_json` gave, or somebody's hand.

        Raises:
            ConfigError: it is no zone.
        """
        known = {key.name for key in fields(cls)}
        if not isinstance(data, Mapping) or not {"name", "points"} <= set(data) <= known:
            raise ConfigError(
                "not a zone", found=repr(data)[:200], expected=", ".join(sorted(known))
            )
        values = dict(data)
        try:
            values["points"] = tuple(tuple(map(float, point)) for point in data["points"])
            for name in ("times", "days"):
                values[name] = tuple(map(str, data.get(name, ())))
            if data.get("raise_at") is not None:
                values["raise_at"] = float(data["raise_at"])
        except (TypeError, ValueError) as error:
            raise ConfigError("not a zone", found=error) from error
        if not isinstance(values["name"], str):
            raise ConfigError("a zone's name is no text", found=repr(values["name"]))
        return cls(**values)

    def _wrong(self, key: str, found: object, expected: str) -> ConfigError:
        return ConfigError(
            f"{key} of the zone {self.name!r} is out of range", found=found, expected=expected
        )


def zones_from_json(data: object) -> tuple[Zone, ...]:
    """Read a list of zones.

    Raises:
        ConfigError: it is no list, one of them is no zone, or two have the same name.
    """
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise ConfigError("the zones are not a list", found=repr(data)[:200])
    zones = tuple(map(Zone.from_json, data))
    check_zones(zones, 0.0)
    return zones


def check_zones(zones: Sequence[Zone], raise_at: float) -> None:
    """Hold zones against one another and against the threshold of the whole frame.

    Raises:
        ConfigError: too many, a name twice, or a "higher" zone that is not higher.
    """
    names = [zone.name for zone in zones]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ConfigError("two zones have the same name", found=twice[0])
    if len(zones) > MOST_ZONES:
        raise ConfigError("too many zones", found=len(zones), expected=f"at most {MOST_ZONES}")
    for zone in zones:
        if zone.kind == "higher" and zone.raise_at is not None and zone.raise_at <= raise_at:
            raise ConfigError(
                f"the zone {zone.name!r} is to need a higher score, but its raise_at is not higher",
                found=zone.raise_at,
                expected=f"above raise_at of [alarm], {raise_at}",
            )


def _check_points(zone: Zone) -> None:
    count = len(zone.points)
    where = f"points of the zone {zone.name!r}"
    if not 3 <= count <= MOST_POINTS:
        raise ConfigError(f"{where} are no polygon", found=count, expected=f"3 to {MOST_POINTS}")
    for point in zone.points:
        if len(point) != 2 or not all(math.isfinite(at) and 0 <= at <= 1 for at in point):
            raise ConfigError(
                f"{where} are not in the picture",
                found=list(point),
                expected="[x, y], shares of its width and height, 0 to 1",
            )
    following = zone.points[1:] + zone.points[:1]
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(zone.points, following, strict=True))
    if abs(doubled) / 2 < LEAST_AREA:
        raise ConfigError(
            f"{where} enclose next to nothing",
            found=f"{abs(doubled) / 2:.5f} of the picture",
            expected=f"{LEAST_AREA} at least, its sides not crossing",
        )
