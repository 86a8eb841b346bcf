"""Vote: k of the last n looks at one place."""

import math
from collections import deque


class Vote:
    """Counts the looks at one place: the frame, a zone or a tile.

    It is `raised` from the moment that `k` of the last `n` looks were at or above the
    threshold until `n` looks in a row were below the other one. `smoothing` in [0, 1) is the
    weight of the past in an exponential average of the hazard.
    """

    def __init__(self, k: int, n: int, smoothing: float = 0.0, *, raised: bool = False) -> None:
        self.raised = raised
        self.hazard = math.nan
        self._k = k
        self._low_run = 0
        self._over: deque[bool] = deque(maxlen=n)
        self._smoothing = smoothing

    @property
    def over(self) -> int:
        """Return how many of the last looks were at or above the threshold."""
        return sum(self._over)

    @property
    def looked(self) -> bool:
        """Say whether there was a look at all; `hazard` is NaN if not."""
        return not math.isnan(self.hazard)

    @property
    def hot(self) -> bool:
        """Say whether the last look was at or above the threshold."""
        return bool(self._over) and self._over[-1]

    def take(self, hazard: float, raise_at: float, clear_at: float, *, armed: bool = True) -> bool:
        """Count a look with a hazard in [0, 1]; say whether this one raises it."""
        if self._smoothing and self.looked:
            hazard += self._smoothing * (self.hazard - hazard)
        self.hazard = hazard
        self._over.append(armed and hazard >= raise_at)
        self._low_run = self._low_run + 1 if hazard < clear_at else 0
        rises = self.over >= self._k and not self.raised
        if rises:
            self.raised = True
        elif self.raised and self.over < self._k and self._low_run >= (self._over.maxlen or 1):
            self.raised = False
        return rises

    def miss(self) -> None:
        """Note a look that could not be had: it is no step towards quiet."""
        self._low_run = 0

    def forget(self) -> None:
        """Start anew."""
        self._over.clear()
        self._low_run = 0
        self.hazard = math.nan
        self.raised = False
