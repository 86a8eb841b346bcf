"""Intervals: between which limits a rate or a share lies, by what was counted."""

import math
from collections.abc import Callable
from dataclasses import dataclass

CONFIDENCE = 0.95
# The 97.5% quantile of the normal distribution.
Z = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """Events counted in an exposure, in days.

    The limits are exact (F. Garwood, Fiducial limits for the Poisson distribution, Biometrika
    28, 1936, 437-442): the lower one is the mean at which so many or more come with a chance of
    2.5%, the upper one that at which so many or fewer do. They hold if the days counted are
    like those to come.
    """

    count: int
    days: float

    @property
    def per_day(self) -> float:
        """Return the rate itself; NaN where nothing was watched."""
        return self.count / self.days if self.days > 0 else math.nan

    @property
    def low(self) -> float:
        """Return the lower limit of the 95% interval, a day."""
        return _over(poisson_lower(self.count, (1 - CONFIDENCE) / 2), self.days)

    @property
    def high(self) -> float:
        """Return the upper limit of the 95% interval, a day."""
        return _over(poisson_upper(self.count, (1 - CONFIDENCE) / 2), self.days)

    @property
    def at_most(self) -> float:
        """Return what the rate is below with 95% confidence, a day (3.0 / days for none).

        It is one-sided: for none, it is the rule of three (J. A. Hanley and A. Lippman-Hand,
        If nothing goes wrong, is everything all right?, JAMA 249, 1983, 1743-1745).
        """
        return _over(poisson_upper(self.count, 1 - CONFIDENCE), self.days)


def days_to_show(per_day: float, count: int = 0) -> float:
    """Return how many days with `count` events would show that a rate is at most `per_day`."""
    return poisson_upper(count, 1 - CONFIDENCE) / per_day


def poisson_cdf(count: int, mean: float) -> float:
    """Return the chance of `count` events or fewer where `mean` are expected."""
    if mean <= 0:
        return 1.0
    logs = [k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1)]
    return min(1.0, math.fsum(map(math.exp, logs)))


def poisson_upper(count: int, tail: float) -> float:
    """Return the mean at which `count` events or fewer come with a chance of `tail`."""
    return _solved(lambda mean: poisson_cdf(count, mean) > tail, count)


def poisson_lower(count: int, tail: float) -> float:
    """Return the mean at which `count` events or more come with a chance of `tail`."""
    if count == 0:
        return 0.0
    return _solved(lambda mean: 1 - poisson_cdf(count - 1, mean) < tail, count)


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return the 95% interval of a share (E. B. Wilson, JASA 22, 1927, 209-212)."""
    if tries == 0:
        return 0.0, 1.0
    share, z2 = hits / tries, Z * Z
    middle = (share + z2 / (2 * tries)) / (1 + z2 / tries)
    half = Z / (1 + z2 / tries) * math.sqrt(share * (1 - share) / tries + z2 / (4 * tries * tries))
    return max(0.0, middle - half), min(1.0, middle + half)


def _solved(still_below: Callable[[float], bool], count: int) -> float:
    """Return where `still_below` turns false, by halving; right to 12 digits."""
    low, high = 0.0, count + 10.0
    while still_below(high):
        low, high = high, 2 * high
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if still_below(middle) else (low, middle)
    return (low + high) / 2


def _over(mean: float, days: float) -> float:
    return mean / days if days > 0 else math.inf
