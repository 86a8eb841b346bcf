"""Approval: the gate's word, with its figures, that a model may be packaged."""

import math
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

LONGEST_REASON = 500


@dataclass(frozen=True)
class Check:
    """One figure held against its limit.

    `measured`, `limit`, `low` and `high` share a unit, which `name` carries (such as
    `accuracy_drop_points` or `recall_percent[fire]`). `measured` may be up to the limit, or
    with `at_least` from the limit on. `count` of `of` pictures is what it was measured from,
    `low` to `high` its 95% interval; None where that has no meaning. `note` says in words what
    else matters. An `advisory` check is shown and refuses nothing.

    Raises:
        ValueError: a field is of another type, or `passed` contradicts the figures.
    """

    name: str
    measured: float
    limit: float
    passed: bool
    at_least: bool = False
    count: int | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    advisory: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        flags = (self.passed, self.at_least, self.advisory)
        if not all(isinstance(flag, bool) for flag in flags):
            raise ValueError("a check's flag is no truth value")
        if not all(map(_is_number, (self.measured, self.limit))):
            raise ValueError("a check's figure is no number")
        shares = (self.count, self.of, self.low, self.high)
        if not all(value is None or _is_number(value) for value in shares):
            raise ValueError("a check's count or interval is no number")
        _require_one_line(self.name, "a check's name")
        if self.note != "":
            _require_one_line(self.note, "a check's note")
        if self.passed != within(self.measured, self.limit, self.at_least):
            raise ValueError(f"the check {self.name} contradicts its own figures")

    @property
    def refuses(self) -> bool:
        """Say whether this check keeps a model from being packaged."""
        return not self.passed and not self.advisory

    @property
    def verdict(self) -> str:
        """Return `passed`, `FAILED`, or `warning` for an advisory check that failed."""
        if self.passed:
            return "passed"
        return "warning" if self.advisory else "FAILED"

    @property
    def bound(self) -> str:
        """Return the limit in words, such as `at most 1`."""
        return f"at {'least' if self.at_least else 'most'} {self.limit:g}"

    @property
    def counted(self) -> str:
        """Return such as `48 of 51`, or nothing where nothing was counted."""
        return "" if self.count is None or self.of is None else f"{self.count} of {self.of}"

    @property
    def interval(self) -> str:
        """Return such as `84.1 to 98.0`, or nothing where there is no interval."""
        return "" if self.low is None or self.high is None else f"{self.low:.1f} to {self.high:.1f}"

    def line(self) -> str:
        """Return the check in words, on one line."""
        notes = [self.counted, self.interval and f"95% interval {self.interval}", self.note]
        inside = "; ".join(note for note in notes if note)
        measured = f"{self.measured:.4g}" + (f" ({inside})" if inside else "")
        return f"{self.name} {measured}, {self.bound}: {self.verdict}"


@dataclass(frozen=True)
class Approval:
    """Every check that was made before packaging; a bundle cannot be made without one.

    `override` is a person's reason for packaging a model that failed a check; empty where
    there was no need of one.

    Raises:
        ValueError: a reason of spaces, of several lines, or where nothing failed.
    """

    checks: tuple[Check, ...]
    override: str = ""

    def __post_init__(self) -> None:
        if self.override == "":
            return
        _require_one_line(self.override, "the reason for an override")
        if not self.failed:
            raise ValueError("an override where no check failed")

    @property
    def failed(self) -> tuple[Check, ...]:
        """Return the checks that refuse the model."""
        return tuple(check for check in self.checks if check.refuses)

    @property
    def passed(self) -> bool:
        """Say whether there is at least one check and none refuses."""
        return bool(self.checks) and not self.failed

    @property
    def granted(self) -> bool:
        """Say whether the model may be packaged: it passed, or a person overrode the gate."""
        return self.passed or bool(self.override)

    @property
    def warning(self) -> str:
        """Return what a person must know before installing, on one line; empty if nothing."""
        if not self.override:
            return ""
        failed = ", ".join(check.name for check in self.failed)
        return f"the gate was OVERRIDDEN: {self.override} (failed: {failed})"

    def to_json(self) -> dict[str, Any]:
        """Return the fields for a manifest; what is as by default is left out."""
        data: dict[str, Any] = {"checks": [_check_json(check) for check in self.checks]}
        if self.override:
            names = [check.name for check in self.failed]
            data["override"] = {"reason": self.override, "failed": names}
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Approval":
        """Read what `to_json` wrote, also what older versions wrote.

        Raises:
            ValueError, TypeError, LookupError: it is no approval, or contradicts itself.
        """
        checks = tuple(Check(**check) for check in data["checks"])
        if "override" not in data:
            return cls(checks)
        approval = cls(checks, data["override"]["reason"])
        if data["override"]["failed"] != [check.name for check in approval.failed]:
            raise ValueError("the override names other checks than those that failed")
        return approval


def within(measured: float, limit: float, at_least: bool = False) -> bool:
    """Say whether a figure keeps its limit; on the limit it does."""
    return measured >= limit if at_least else measured <= limit


def _check_json(check: Check) -> dict[str, Any]:
    """Return the fields that are not as by default, so that old bundles keep their digest."""
    data = asdict(check)
    return {
        field.name: data[field.name]
        for field in fields(check)
        if field.default is MISSING or data[field.name] != field.default
    }


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def is_one_line(text: object) -> bool:
    """Say whether a text can be shown: 1 to 500 printable characters, not all of them spaces.

    It is printed on terminals: no line breaks and no escape sequences.
    """
    if not isinstance(text, str) or len(text) > LONGEST_REASON:
        return False
    return bool(text.strip()) and text.isprintable()


def _require_one_line(text: object, what: str) -> None:
    if not is_one_line(text):
        raise ValueError(f"{what} is not one line of 1 to {LONGEST_REASON} printable characters")
