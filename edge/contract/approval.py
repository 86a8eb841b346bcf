"""Approval: the gate's word, with its figures, that a model may be packaged."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One figure held against its limit.

    `measured` and `limit` share a unit, which `name` carries (such as `accuracy_drop_points`).
    """

    name: str
    measured: float
    limit: float
    passed: bool


@dataclass(frozen=True)
class Approval:
    """Every check that was made before packaging; a bundle cannot be made without one."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Say whether there is at least one check and all passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return the fields for a manifest."""
        return {"checks": [asdict(check) for check in self.checks]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Approval":
        """Read what `to_json` wrote."""
        return cls(tuple(Check(**check) for check in data["checks"]))
