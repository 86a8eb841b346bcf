"""Progress: the steps of a long command, shown as they go and timed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress

Tick = Callable[[], None]


class Progress:
    """Shows one step at a time on a console, and keeps how long each took.

    Without a console it only keeps the times. On a terminal a step has a moving bar; when
    output goes to a file, it is one line with its time, written when the step ends.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console
        self.seconds: dict[str, float] = {}

    @classmethod
    def on_stderr(cls) -> "Progress":
        """Return one that writes to standard error, even while that is held back."""
        # A descriptor of its own: NativeOutput sends descriptor 2 elsewhere for a time.
        return cls(Console(file=os.fdopen(os.dup(2), "w", encoding="utf-8")))

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Tick]:
        """Show a step of `total` parts while it lasts; call what is given after each part."""
        started = perf_counter()
        if self.console is None or not self.console.is_terminal:
            yield lambda: None
        else:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                *([MofNCompleteColumn()] if total else []),
                TimeElapsedColumn(),
            )
            with RichProgress(*columns, console=self.console, transient=True) as bar:
                task = bar.add_task(name, total=total)
                yield lambda: bar.advance(task)
        self.seconds[name] = perf_counter() - started
        self.say(f"{name} ({self.seconds[name]:.1f} s)")

    def say(self, text: str) -> None:
        """Print a line."""
        if self.console is not None:
            self.console.print(text, highlight=False, markup=False, soft_wrap=True)
