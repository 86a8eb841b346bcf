"""When the eye is started again, and with which model."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.hand.retries import DELAYS_SECONDS, MOST_FAILURES, WELL_SECONDS, Retries

NEW, OLD = Path("new.ember"), Path("old.ember")


def sources(retries: Retries) -> list[str]:
    return [condition.source for condition in retries.conditions]


def test_pauses_grow_and_shrink_again_after_a_good_minute():
    retries = Retries([NEW])
    for delay in DELAYS_SECONDS[:4]:
        retries.failed(100.0, blames_model=False)
        assert retries.due_s == 100.0 + delay
    retries.saw(200.0)
    retries.saw(200.0 + WELL_SECONDS)
    retries.failed(300.0, blames_model=False)
    assert retries.due_s == 300.0 + DELAYS_SECONDS[0]


def test_a_model_that_fails_again_and_again_gives_way_to_the_previous_one():
    retries = Retries([NEW, OLD])
    for n in range(MOST_FAILURES - 1):
        retries.failed(float(n), blames_model=True)
        assert retries.bundle == NEW
    retries.failed(10.0, blames_model=True)
    assert retries.bundle == OLD
    assert sources(retries) == ["model-fallback"]
    assert retries.conditions[0].signal == "supervisory"


def test_a_camera_that_fails_says_nothing_against_the_model():
    retries = Retries([NEW, OLD])
    for n in range(20):
        retries.failed(float(n), blames_model=False)
    assert retries.bundle == NEW
    assert sources(retries) == []


def test_failures_that_are_hours_apart_are_no_crash_loop():
    retries = Retries([NEW, OLD])
    for hour in range(20):
        retries.failed(3600.0 * hour, blames_model=True)
    assert retries.bundle == NEW


@pytest.mark.parametrize("bundles", [[NEW], [NEW, OLD]])
def test_when_all_fail_it_is_a_trouble_and_each_is_tried_slowly(bundles):
    retries = Retries(bundles)
    for n in range(MOST_FAILURES * len(bundles)):
        retries.failed(float(n), blames_model=True)
    assert sources(retries) == ["crash-loop"]
    assert retries.conditions[0].signal == "trouble"
    tried = set()
    for n in range(4):
        tried.add(retries.bundle)
        retries.failed(1000.0 * n, blames_model=True)
        assert retries.due_s == 1000.0 * n + DELAYS_SECONDS[-1]
    assert tried == set(bundles)
    retries.saw(9000.0)
    retries.saw(9000.0 + WELL_SECONDS)
    assert "crash-loop" not in sources(retries)


@given(st.lists(st.tuples(st.sampled_from(["fail", "camera", "saw"]), st.floats(0, 100))))
def test_there_is_always_a_next_start_and_a_bundle(course):
    retries, now = Retries([NEW, OLD]), 0.0
    for what, gap in course:
        now += gap
        if what == "saw":
            retries.saw(now)
            continue
        retries.failed(now, blames_model=what == "fail")
        assert retries.due_s is not None
        assert now < retries.due_s <= now + DELAYS_SECONDS[-1]
        assert retries.bundle in (NEW, OLD)
        retries.started()
