"""Display: the terminal and the timeline file; neither can stop the alarm."""

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click

from edge.alarm.outputs import Moved
from edge.alarm.state import AlarmState
from edge.contract.errors import StorageError
from edge.hand.moment import Moment
from edge.hand.summary import Summary
from edge.service.timeline import Timeline


class Display:
    """Shows each moment on the terminal and in a file; neither can stop the alarm.

    `timeline` prints rows, `file` takes a line of JSON for each moment; either may be None.
    """

    def __init__(self, timeline: Timeline | None, file: TextIO | None) -> None:
        self._timeline = timeline
        self._file = file

    @classmethod
    def open(cls, quiet: bool, file: Path | None) -> "Display":
        """Open the terminal (unless `quiet`) and the timeline file.

        Raises:
            StorageError: the file cannot be opened.
        """
        opened: TextIO | None = None
        if file is not None:
            try:
                opened = file.open("w", encoding="utf-8", buffering=1)
            except OSError as error:
                raise StorageError(f"cannot write the timeline {file}: {error.strerror}") from error
        return cls(None if quiet else _terminal(), opened)

    def show(self, moment: Moment) -> None:
        """Print and write a moment; what fails is told once and left out from then on."""
        if self._timeline is not None:
            try:
                self._timeline.show(moment)
            except OSError:
                self._timeline = None
                _abandon_stdout()
        if self._file is not None:
            try:
                self._file.write(moment.to_json() + "\n")
            except OSError as error:
                self._tell(f"the timeline file ends here: {error.strerror}")
                self._file = None

    def news(self, state: AlarmState, moved: Sequence[Moved]) -> None:
        """Print what changed without a frame."""
        if self._timeline is not None:
            try:
                self._timeline.news(state, moved)
            except OSError:
                self._timeline = None
                _abandon_stdout()

    def end(self, summary: Summary, unwritten: str | None = None) -> None:
        """Print how it went; `unwritten` says why some events are not in the log."""
        alarm = "no alarm"
        if summary.alarm_at_s is not None:
            alarm = f"alarm raised at {summary.alarm_at_s:.2f} s"
        lost = f", {summary.lost} unreadable" if summary.lost else ""
        until = "" if summary.last_s is None else f" up to {summary.last_s:.2f} s"
        try:
            click.echo(
                f"{alarm}; {summary.frames} frames{until} ({summary.dropped} dropped{lost}); "
                f"ended by {summary.ended_by}"
            )
        except OSError:
            _abandon_stdout()
        if unwritten is not None:
            self._tell(f"events could not be kept: {unwritten}")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _tell(self, problem: str) -> None:
        click.echo(f"warning: {problem}", err=True)


def _terminal() -> Timeline:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A class name that the terminal's character set lacks must not end the watch.
        sys.stdout.reconfigure(errors="replace")
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    blocks = (sys.stdout.encoding or "").lower().startswith("utf")
    timeline = Timeline(click.echo, colour=colour, blocks=blocks)
    timeline.begin()
    return timeline


def _abandon_stdout() -> None:
    # Whoever read it is gone or its disk is full; what Python still holds must go somewhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
