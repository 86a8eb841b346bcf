"""Latch: what of an alarm must survive a restart."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from edge.contract.errors import InputError


@dataclass(frozen=True)
class Latch:
    """An alarm that nobody has reset yet.

    `raised_at` is ISO 8601 local time, None where the clock was not known; `where` the zone or
    tile that raised it first (None: the whole frame) and `places` all that are in alarm;
    `hazard`, in [0, 1], is the highest so far. `silenced` says that a person silenced the
    siren, `worn_out` that it stopped by itself after max_siren_seconds.
    """

    raised_at: str | None = None
    where: str | None = None
    hazard: float = 0.0
    places: tuple[str, ...] = ()
    silenced: bool = False
    worn_out: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {"places": list(self.places)}

    @classmethod
    def from_json(cls, data: object) -> "Latch":
        """Read what `to_json` gave.

        Raises:
            InputError: it is something else; whoever keeps it must take it for an alarm.
        """
        if not isinstance(data, Mapping):
            raise _unreadable(data)
        try:
            latch = cls(**dict(data) | {"places": tuple(map(str, data["places"]))})
        except (TypeError, KeyError) as error:
            raise _unreadable(error) from error
        texts = all(value is None or type(value) is str for value in (latch.raised_at, latch.where))
        flags = type(latch.silenced) is bool and type(latch.worn_out) is bool
        if not (texts and flags and isinstance(latch.hazard, int | float)):
            raise _unreadable(data)
        return latch


def _unreadable(found: object) -> InputError:
    return InputError("not a latched alarm", found=found, expected="what Latch.to_json gives")
