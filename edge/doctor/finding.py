"""Finding: what one look of the doctor found, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "note", "bad"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's.

    `ok`: as it should be. `note`: the watch would work, but somebody should see to it.
    `bad`: the watch would not work, or not be one to rely on. `check` names what was looked
    at, `found` says what is there, `todo` what to do, empty for nothing.
    """

    check: str
    level: Level
    found: str
    todo: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the fields."""
        return asdict(self)


def ok(check: str, found: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, "ok", found)


def note(check: str, found: str, todo: str) -> Finding:
    """Return a finding that somebody should see to."""
    return Finding(check, "note", found, todo)


def bad(check: str, found: str, todo: str) -> Finding:
    """Return a finding that keeps the watch from its work."""
    return Finding(check, "bad", found, todo)


def bad_line(check: str, line: str, otherwise: str) -> Finding:
    """Return a bad finding of an error's line, whose next step is what to do, if it has one."""
    found, _, todo = line.partition(". Next: ")
    return Finding(check, "bad", found, todo or otherwise)
