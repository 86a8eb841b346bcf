"""Intervals against tables, and against chance itself."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.replay.intervals import (
    Rate,
    days_to_show,
    poisson_cdf,
    poisson_lower,
    poisson_upper,
    wilson,
)

# Half the quantiles of chi-squared with 2n and 2n + 2 degrees of freedom, 0.025 and 0.975.
GARWOOD = {
    0: (0.0, 3.688879),
    1: (0.025318, 5.571643),
    3: (0.618672, 8.767273),
    10: (4.795389, 18.390356),
    50: (37.110963, 65.918767),
    400: (361.756296, 441.186648),
}


@pytest.mark.parametrize("count", GARWOOD)
def test_the_limits_are_those_of_the_tables(count):
    rate = Rate(count, 1.0)
    assert (rate.low, rate.high) == pytest.approx(GARWOOD[count], abs=1e-6)


def test_no_alarm_in_three_days_shows_one_a_day():
    assert Rate(0, 3.0).at_most == pytest.approx(-math.log(0.05) / 3)
    assert days_to_show(1.0) == pytest.approx(2.9957, abs=1e-4)
    assert Rate(0, days_to_show(0.1)).at_most == pytest.approx(0.1)


@given(st.integers(0, 300))
def test_the_limits_leave_the_chance_that_they_say(count):
    assert poisson_cdf(count, poisson_upper(count, 0.025)) == pytest.approx(0.025, abs=1e-9)
    if count:
        lower = poisson_lower(count, 0.025)
        assert 1 - poisson_cdf(count - 1, lower) == pytest.approx(0.025, abs=1e-9)


@given(st.integers(0, 200), st.floats(0.01, 1000))
def test_the_rate_lies_between_its_limits(count, days):
    rate = Rate(count, days)
    assert rate.low <= rate.per_day <= rate.high
    assert rate.per_day <= rate.at_most <= rate.high


def test_nothing_watched_shows_nothing():
    rate = Rate(0, 0.0)
    assert math.isnan(rate.per_day)
    assert rate.at_most == math.inf


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = random.Random(3)
    inside = 0
    for _ in range(400):
        # Events at random in 5 days at 0.8 a day.
        count, at = 0, rng.expovariate(0.8)
        while at < 5:
            count, at = count + 1, at + rng.expovariate(0.8)
        rate = Rate(count, 5.0)
        inside += rate.low <= 0.8 <= rate.high
    assert inside >= 400 * 0.94


@pytest.mark.parametrize(
    ("hits", "tries", "expected"),
    [
        (0, 0, (0.0, 1.0)),
        (0, 10, (0.0, 0.27754)),
        (3, 3, (0.43850, 1.0)),
        (8, 10, (0.49016, 0.94331)),
    ],
)
def test_the_interval_of_a_share(hits, tries, expected):
    assert wilson(hits, tries) == pytest.approx(expected, abs=1e-4)
