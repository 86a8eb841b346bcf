"""Finding: one thing that an audit found, for a person to judge."""

from dataclasses import dataclass
from typing import Any, Literal

# `wrong` costs accuracy or makes the figure untrue; `look` may; `know` is good to know.
Level = Literal["wrong", "look", "know"]
LEVELS: tuple[Level, ...] = ("wrong", "look", "know")


@dataclass(frozen=True)
class Exhibit:
    """A picture that shows a finding, what is the matter, and a second picture beside it."""

    file: str
    words: str
    beside: str = ""


@dataclass(frozen=True)
class Removal:
    """A file that a fix list would remove, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Finding:
    """Says what was found, what to do, and shows where; `count` is of all there are.

    `exhibits` may be fewer than `count`.
    """

    name: str
    level: Level
    count: int
    line: str
    advice: str
    exhibits: tuple[Exhibit, ...] = ()
    removals: tuple[Removal, ...] = ()

    def to_json(self, most: int) -> dict[str, Any]:
        """Return the fields as plain JSON, with `most` exhibits at most."""
        shown = [
            {"file": one.file, "words": one.words} | ({"beside": one.beside} if one.beside else {})
            for one in self.exhibits[:most]
        ]
        return {
            "name": self.name,
            "level": self.level,
            "count": self.count,
            "line": self.line,
            "advice": self.advice,
            "exhibits": shown,
        }


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return such as `1 picture` or `1,210 pictures`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
