"""The rows on the terminal."""

import math
from dataclasses import replace

import click
import pytest

from edge.alarm.outputs import Moved
from edge.alarm.state import AlarmState, Level
from edge.hand.moment import Moment
from edge.service.timeline import Timeline


def moment(
    time_s: float, level: Level = Level.CLEAR, hazard: float = 0.25, moved: tuple[Moved, ...] = ()
) -> Moment:
    scores = {"fire": hazard, "smoke": 0.0, "misc": 1 - hazard}
    state = AlarmState(level, hazard, 0, 0.0)
    return Moment(round(time_s * 10), time_s, state, scores, moved, 1.0)


def rows(moments: list[Moment], **options: bool) -> list[str]:
    written: list[str] = []
    timeline = Timeline(written.append, **options)
    for each in moments:
        timeline.show(each)
    return written


def test_only_changes_and_one_row_a_second_are_printed():
    course = [moment(n / 10) for n in range(30)]
    course[14] = moment(1.4, Level.ALARM)
    assert [row.split()[0] for row in rows(course)] == [
        "0.00s", "1.00s", "1.40s", "1.50s", "2.50s",
    ]  # fmt: skip


def test_a_line_that_moved_is_worth_a_row():
    printed = rows([moment(0.0), moment(0.1, moved=(("siren", True), ("trouble", False)))])
    assert printed[1].endswith("siren ON, trouble relay DROPPED")


def test_an_unknown_hazard_is_no_bar():
    state = AlarmState(Level.CLEAR, math.nan, 0, 0.0, "2.jpg is damaged")
    lost = Moment(2, 2.0, state)
    row, again = rows([lost, replace(lost, number=4, time_s=4.0)])
    assert "damaged" not in again, "told once is enough"
    assert "??????????" in row
    assert row.endswith("[2.jpg is damaged]")
    assert '"hazard": null' in lost.to_json()


@pytest.mark.parametrize("hazard", [0.0, 0.001, 0.33, 0.9999, 1.0])
def test_bars_keep_the_columns_in_line(hazard):
    plain = rows([moment(0.0, hazard=hazard)])[0]
    assert len(plain) == len(rows([moment(0.0, hazard=0.5)])[0])
    assert rows([moment(0.0, hazard=hazard)], blocks=False)[0].isascii()
    coloured = rows([moment(0.0, hazard=hazard)], colour=True)[0]
    assert click.unstyle(coloured).rstrip() == plain
