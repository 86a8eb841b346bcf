"""Governor: has a hot board look at fewer frames before its firmware slows it down."""

from edge.config.board import BoardSettings
from edge.contract.condition import Condition
from edge.inference.board_state import BoardState

# Cooler than a step by this much, for this long, before the step is given up: a board's
# temperature swings by some degrees with each burst of work.
RELIEF_CELSIUS = 3.0
RELIEF_SECONDS = 30.0
LOW_POWER = "under-voltage"
STEPS = 3


class Governor:
    """Sets the most frames a second by what the board says; knows no clock and reads no file.

    There are three steps between `warm_celsius` and `hot_celsius`, each with fewer frames than
    the one before. A board that is slowed down already is at least on the second.
    """

    def __init__(self, settings: BoardSettings) -> None:
        self._settings = settings
        self._step = 0
        self._since_s: dict[str, float] = {}
        self._cool_since_s: float | None = None

    def update(self, board: BoardState, now: float) -> tuple[float | None, tuple[Condition, ...]]:
        """Take in the board's state at `now`, in seconds.

        Returns the most frames a second, None for as many as there are, and what somebody
        should see to.
        """
        self._settle(board, now)
        slowed = [name for name in board.slowed_by if name != LOW_POWER]
        problems = {}
        if self._step:
            heat = "" if board.celsius is None else f" at {board.celsius:.0f} C"
            problems["running-warm"] = (
                f"the board runs warm{heat}, so it looks at no more than {self._fps():g} frames "
                "a second: give it air, a heat sink or a fan"
            )
        if LOW_POWER in board.slowed_by:
            problems["power-low"] = "the supply's voltage is too low: use a better supply or cable"
        if slowed:
            problems["throttled"] = f"the board slows itself down ({', '.join(slowed)})"
        self._since_s = {name: self._since_s.get(name, now) for name in problems}
        return self._fps() if self._step else None, tuple(
            Condition("supervisory", name, problem, self._since_s[name])
            for name, problem in problems.items()
        )

    def _settle(self, board: BoardState, now: float) -> None:
        wanted = self._step_for(board, 0.0)
        if wanted >= self._step:
            self._step, self._cool_since_s = wanted, None
            return
        relieved = self._step_for(board, RELIEF_CELSIUS)
        if relieved >= self._step:
            self._cool_since_s = None
            return
        if self._cool_since_s is None or now < self._cool_since_s:
            self._cool_since_s = now
        if now - self._cool_since_s >= RELIEF_SECONDS:
            self._step, self._cool_since_s = self._step - 1, now

    def _step_for(self, board: BoardState, margin: float) -> int:
        """Return the step for a board that is `margin` degrees hotter than it says."""
        slowed = any(name != LOW_POWER for name in board.slowed_by)
        step = 2 if slowed else 0
        if board.celsius is None:
            return step
        low, high = self._settings.warm_celsius, self._settings.hot_celsius
        for number in range(STEPS):
            if board.celsius + margin >= low + (high - low) * number / (STEPS - 1):
                step = max(step, number + 1)
        return step

    def _fps(self) -> float:
        fast, slow = self._settings.warm_fps, self._settings.hot_fps
        fps: float = fast * (slow / fast) ** ((self._step - 1) / (STEPS - 1))
        return fps
