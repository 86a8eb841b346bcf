"""Timeline: the watch as rows on a terminal."""

import math
from collections.abc import Callable, Sequence

import click

from edge.alarm.outputs import Moved
from edge.alarm.state import AlarmState
from edge.hand.moment import Moment

BAR_CELLS = 10
EIGHTHS = " ▏▎▍▌▋▊▉█"
COLOURS = {"clear": "green", "pre-alarm": "yellow", "alarm": "red", "trouble": "magenta"}
HEAD = (
    f"{'time':>8}  {'hazard':<{BAR_CELLS + 6}}  {'top class':<18}  {'state':<10}  lines that moved"
)


class Timeline:
    """Prints a row when the state or a line changes, and one for each second between.

    `write` is given each row; `colour` and `blocks` say whether colour and Unicode's block
    characters may be used.
    """

    def __init__(
        self, write: Callable[[str], object], *, colour: bool = False, blocks: bool = True
    ) -> None:
        self._write = write
        self._colour = colour
        self._blocks = blocks
        self._state = ""
        self._news: tuple[str, ...] = ()
        self._due_s = -math.inf

    def begin(self) -> None:
        """Print the head of the columns."""
        self._write(self._style(HEAD, bold=True))

    def show(self, moment: Moment) -> None:
        """Print the moment's row, if it matters."""
        time_s, state = moment.time_s, moment.state
        quiet = state.name == self._state and not moment.moved and _words(state) == self._news
        if quiet and time_s < self._due_s:
            return
        self._state, self._due_s = state.name, time_s + 1.0
        top = "-"
        if moment.scores:
            name, score = moment.ranked()[0]
            top = f"{name[:11]} {score:.3f}"
        colour = COLOURS[state.name]
        parts = [
            f"{time_s:7.2f}s",
            self._style(f"{self._bar(state.hazard)} ", fg=colour) + _figure(state.hazard),
            f"{top:<18}",
            self._style(f"{state.name:<10}", fg=colour, bold=state.name == "alarm"),
            ", ".join(map(_line, moment.moved)),
        ]
        row = "  ".join(parts).rstrip()
        self._write(row + self._told(state))

    def news(self, state: AlarmState, moved: Sequence[Moved]) -> None:
        """Print a row for what changed without a frame."""
        self._due_s = -math.inf
        self._state = state.name
        told = self._told(state)
        name = self._style(f"{state.name:<10}", fg=COLOURS[state.name], bold=True)
        blank = f"{'-':>8}  {'':<{BAR_CELLS + 6}}  {'-':<18}"
        row = "  ".join([blank, name, ", ".join(map(_line, moved))]).rstrip()
        self._write(row + told)

    def _told(self, state: AlarmState) -> str:
        """Return what of the state's words was not told before, in brackets."""
        news = _words(state)
        told = [words for words in news if words not in self._news]
        self._news = news
        return f"  [{'; '.join(told)}]" if told else ""

    def _bar(self, hazard: float) -> str:
        if math.isnan(hazard):
            return "?" * BAR_CELLS
        if not self._blocks:
            return ("#" * round(hazard * BAR_CELLS)).ljust(BAR_CELLS, ".")
        whole, part = divmod(round(hazard * BAR_CELLS * 8), 8)
        return ("█" * whole + (EIGHTHS[part] if part else "")).ljust(BAR_CELLS)

    def _style(self, text: str, fg: str | None = None, bold: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold) if self._colour else text


def _words(state: AlarmState) -> tuple[str, ...]:
    return tuple(words for words in (state.trouble, state.supervisory) if words)


def _figure(hazard: float) -> str:
    return "  ?  " if math.isnan(hazard) else f"{hazard:.3f}"


def _line(moved: Moved) -> str:
    name, on = moved
    if name == "trouble":
        return "trouble relay " + ("held: all is well" if on else "DROPPED")
    return f"{name} {'ON' if on else 'off'}"
