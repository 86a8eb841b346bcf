"""Verbosity: how much a run says, in TensorFlow's words and numbers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from training.narrator import Narrator

# TensorFlow's (and absl's and Python's) levels.
LEVELS = {"DEBUG": 10, "INFO": 20, "WARN": 30, "WARNING": 30, "ERROR": 40, "FATAL": 50}


def level_of(_ctx: click.Context, param: click.Parameter, value: str) -> int:
    """Return the number of a level given by name, in any case, or by number.

    Raises:
        BadParameter: it is neither.
    """
    word = value.upper()
    if word in LEVELS:
        return LEVELS[word]
    if word.isdecimal() and int(word) <= LEVELS["FATAL"]:
        return int(word)
    raise click.BadParameter(
        f"{value!r} is no level: DEBUG, INFO, WARN, ERROR, FATAL, or 0 to 50", param=param
    )


class LeveledNarrator(Narrator):
    """A narrator that keeps quiet about what is below a level.

    Lines, figures and bars are INFO, notes are WARN; with DEBUG each step's time is told too.
    """

    def __init__(self, level: int, console: Console | None = None) -> None:
        super().__init__(console)
        self.level = level

    def say(self, text: str) -> None:
        """Print one line."""
        if self.level <= LEVELS["INFO"]:
            super().say(text)

    def warn(self, text: str) -> None:
        """Print one line that wants attention."""
        if self.level <= LEVELS["WARN"]:
            super().warn(text)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a named step."""
        with super().step(name):
            yield
        if self.level <= LEVELS["DEBUG"]:
            super().say(f"{name}: {self.seconds[name]:.2f} s")

    @contextmanager
    def bar(self, title: str) -> Iterator[Callable[[int, int], None]]:
        """Show a bar, if lines are shown."""
        if self.level > LEVELS["INFO"]:
            yield lambda _done, _of: None
        else:
            with super().bar(title) as progress:
                yield progress
