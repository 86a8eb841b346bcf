"""EventTable: events as rows for a person at a terminal."""

import click

from edge.store.event import Event
from edge.store.words import in_words

HEAD = f"{'id':>7}  {'time':<19}  what happened"
COLOURS = {"trouble": "magenta", "supervisory": "yellow", "acknowledged": "green"}


class EventTable:
    """Makes a row of each event, its time in the zone of this machine."""

    def __init__(self, *, colour: bool = False) -> None:
        self._colour = colour

    def head(self) -> str:
        """Return the columns' names."""
        return click.style(HEAD, bold=True) if self._colour else HEAD

    def row(self, event: Event) -> str:
        """Return an event's row."""
        at = event.at.astimezone()
        text = f"{event.number:>7}  {at:%Y-%m-%d %H:%M:%S}  "
        words = in_words(event)
        if not self._colour:
            return text + words
        colour = "red" if event.is_alarm else COLOURS.get(event.kind)
        return text + click.style(words, fg=colour, bold=event.is_alarm)
