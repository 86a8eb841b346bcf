"""The last hour's drawing: peaks are not lost, and what was not known is a gap."""

import re

from hypothesis import given
from hypothesis import strategies as st

from edge.web.chart import HEIGHT, SECONDS, WIDTH, draw

NOW = 1_800_000_000.0
HOUR = [(NOW - SECONDS + second, 0.1, "clear") for second in range(SECONDS)]
HAZARD = st.none() | st.floats(0, 1)
STATE = st.sampled_from(["clear", "pre-alarm", "alarm", "trouble", "starting"])
POINTS = st.lists(st.tuples(st.floats(NOW - 2 * SECONDS, NOW + 100), HAZARD, STATE), max_size=60)


def highest(line: str) -> float:
    return min(float(y) for y in re.findall(r",([\d.]+)", line))


def test_a_quiet_hour_is_one_line_from_end_to_end():
    chart = draw(HOUR, NOW, 0.6)
    assert (len(chart.lines), chart.blind, chart.alarms) == (1, (), ())
    assert len(chart.lines[0].split()) == 360


def test_a_peak_of_one_second_is_seen():
    peak = [
        (at, 0.95 if index == 1000 else hazard, s) for index, (at, hazard, s) in enumerate(HOUR)
    ]
    assert highest(draw(peak, NOW, 0.6).lines[0]) < draw(HOUR, NOW, 0.9).raise_y


def test_what_was_not_known_is_a_gap_and_says_so():
    points = [
        (at, None, "trouble") if 600 < i < 900 else (at, h, s) for i, (at, h, s) in enumerate(HOUR)
    ]
    chart = draw(points, NOW, 0.6)
    assert len(chart.lines) == 2
    assert len(chart.blind) == 1


def test_a_hole_without_points_is_a_gap_and_a_slow_camera_is_none():
    hole = [point for index, point in enumerate(HOUR) if not 600 < index < 900]
    assert len(draw(hole, NOW, 0.6).blind) == 1
    slow = [point for index, point in enumerate(HOUR) if index % 25 == 0]
    assert (len(draw(slow, NOW, 0.6).lines), draw(slow, NOW, 0.6).blind) == (1, ())


def test_a_watch_that_just_began_has_no_gap_before_it():
    chart = draw(HOUR[-60:], NOW, 0.6)
    assert chart.blind == ()
    assert "0.10" in chart.words


def test_a_watch_that_stopped_telling_is_not_known_at_the_end():
    assert len(draw(HOUR[:-300], NOW, 0.6).blind) == 1


def test_an_alarm_is_marked():
    points = [(at, 0.9, "alarm") if i > 3000 else (at, h, s) for i, (at, h, s) in enumerate(HOUR)]
    assert len(draw(points, NOW, 0.6).alarms) == 1


def test_nothing_known_is_no_line():
    chart = draw([], NOW, 0.6)
    assert chart.lines == ()
    assert "No hazard is known" in chart.words


@given(POINTS, st.floats(0.01, 1))
def test_whatever_comes_is_drawn_inside(points, raise_at):
    chart = draw(points, NOW, raise_at)
    for line in chart.lines:
        for x, y in re.findall(r"([-\d.]+),([-\d.]+)", line):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT
    for begin, end in (*chart.blind, *chart.alarms):
        assert 0 <= begin < end <= WIDTH
