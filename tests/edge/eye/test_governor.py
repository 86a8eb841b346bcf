"""Governor: a hot board looks at fewer frames, and says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.board import BoardSettings
from edge.contract.errors import ConfigError
from edge.eye.governor import Governor
from edge.inference.board_state import BoardState

SETTINGS = BoardSettings()
UNDER_VOLTAGE, CAPPED, THROTTLED = 1, 2, 4


def sources(governor: Governor, state: BoardState, now: float = 0.0) -> list[str]:
    """Return what the governor tells."""
    return [condition.source for condition in governor.update(state, now)[1]]


def test_a_cool_board_looks_at_every_frame() -> None:
    assert Governor(SETTINGS).update(BoardState(60.0, 0), 0.0) == (None, ())


def test_a_board_that_tells_nothing_is_left_alone() -> None:
    assert Governor(SETTINGS).update(BoardState(None, None), 0.0) == (None, ())


def test_the_rate_falls_before_the_firmware_slows_the_board() -> None:
    rates = [Governor(SETTINGS).update(BoardState(t, 0), 0.0)[0] for t in (74, 75, 78, 80, 95)]
    assert rates == [None, 4.0, 2.0, 1.0, 1.0]


def test_each_thing_that_is_wrong_has_its_own_name() -> None:
    assert sources(Governor(SETTINGS), BoardState(76.0, 0)) == ["running-warm"]
    assert sources(Governor(SETTINGS), BoardState(50.0, UNDER_VOLTAGE)) == ["power-low"]
    throttled = sources(Governor(SETTINGS), BoardState(82.0, THROTTLED | CAPPED))
    assert throttled == ["running-warm", "throttled"]


def test_nothing_that_it_tells_is_a_trouble() -> None:
    conditions = Governor(SETTINGS).update(BoardState(90.0, 15), 0.0)[1]
    assert {condition.signal for condition in conditions} == {"supervisory"}


def test_the_rate_rises_only_after_the_board_stayed_cool() -> None:
    governor = Governor(SETTINGS)
    assert governor.update(BoardState(80.0, 0), 0.0)[0] == 1.0
    assert governor.update(BoardState(73.9, 0), 10.0)[0] == 1.0
    assert governor.update(BoardState(73.0, 0), 39.0)[0] == 1.0
    for now, fps in ((40.0, 2.0), (69.0, 2.0), (70.0, 4.0), (99.0, 4.0), (100.0, None)):
        assert governor.update(BoardState(71.0, 0), now)[0] == fps
    # Warm again in the midst of it: back at once.
    assert governor.update(BoardState(78.0, 0), 101.0)[0] == 2.0


def test_it_says_since_when() -> None:
    governor = Governor(SETTINGS)
    governor.update(BoardState(76.0, 0), 5.0)
    (warm,) = governor.update(BoardState(77.0, 0), 60.0)[1]
    assert warm.since_s == 5.0


@given(st.lists(st.tuples(st.floats(20, 110), st.integers(0, 15), st.floats(0, 60)), max_size=60))
def test_whatever_the_course_a_hot_board_never_runs_faster_than_it_may(
    course: list[tuple[float, int, float]],
) -> None:
    governor, now = Governor(SETTINGS), 0.0
    for celsius, flags, gap_s in course:
        now += gap_s
        fps, conditions = governor.update(BoardState(celsius, flags), now)
        told = {condition.source for condition in conditions}
        if celsius >= SETTINGS.hot_celsius:
            assert fps == SETTINGS.hot_fps
        if celsius >= SETTINGS.warm_celsius or flags & ~UNDER_VOLTAGE:
            assert fps is not None and SETTINGS.hot_fps <= fps <= SETTINGS.warm_fps
        assert (fps is None) == ("running-warm" not in told)
        assert ("power-low" in told) == bool(flags & UNDER_VOLTAGE)
        assert ("throttled" in told) == bool(flags & ~UNDER_VOLTAGE)


@given(st.floats(20, 110), st.floats(20, 110))
def test_hotter_is_never_faster(one: float, other: float) -> None:
    def fps(celsius: float) -> float:
        return Governor(SETTINGS).update(BoardState(celsius, 0), 0.0)[0] or float("inf")

    assert fps(max(one, other)) <= fps(min(one, other))


@pytest.mark.parametrize(
    "wrong", [{"warm_celsius": 85.0}, {"hot_fps": 9.0}, {"hot_fps": 0.1}, {"hot_celsius": 150.0}]
)
def test_settings_out_of_order_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        BoardSettings(**wrong)
