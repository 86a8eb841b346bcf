"""AlarmRules: when a row of scores is an alarm."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from edge.contract.errors import ConfigError
from edge.contract.labels import Labels
from edge.contract.setting import setting

MOST_FRAMES = 1000
MOST_SECONDS = 7 * 86400.0
LONGEST_TEST = 600.0


@dataclass(frozen=True)
class AlarmRules:
    """When to raise an alarm and when to clear it.

    The hazard of a frame is the sum of the scores of the classes in `hazard`, in [0, 1].
    `k` of the last `n` frames at or above `raise_at` raise the alarm. With `latch` it stays
    until a person resets it; without, it clears after `n` frames in a row below `clear_at`.
    `smoothing` in [0, 1) is the weight of the past in an exponential average; 0 is none.
    The scores are probabilities as they are: the temperature that training found for a
    model is folded into its last layer.

    Raises:
        ConfigError: a value that is out of range or contradicts another.
    """

    hazard: tuple[str, ...] = setting(("fire", "smoke"), "the scores of these classes are added up")
    raise_at: float = setting(0.6, "a frame counts at this hazard and above")
    clear_at: float = setting(0.4, "and is quiet below this one")
    k: int = setting(3, "this many ...")
    n: int = setting(5, "... of the last so many frames raise the alarm")
    smoothing: float = setting(0.0, "weight of the past in the hazard, 0 (none) to below 1")
    latch: bool = setting(True, "the alarm stays until it is reset")
    resound_after_seconds: float = setting(
        600.0, "a silenced siren sounds again after so long, if nobody reset it; 0: never"
    )
    max_siren_seconds: float = setting(
        0.0, "the siren stops by itself after so long, the beacon stays; 0: never"
    )
    test_seconds: float = setting(10.0, "a test drives siren and beacon for so long")
    notice_every_seconds: float = setting(60.0, "between two notices of alarms, at least")

    def __post_init__(self) -> None:
        _demand(
            bool(self.hazard) and len(set(self.hazard)) == len(self.hazard),
            "hazard",
            list(self.hazard),
            "at least one class, each once",
        )
        _demand(0 < self.raise_at <= 1, "raise_at", self.raise_at, "above 0 and at most 1")
        _demand(
            0 < self.clear_at <= self.raise_at,
            "clear_at",
            self.clear_at,
            f"above 0 and at most raise_at, {self.raise_at}",
        )
        _demand(1 <= self.n <= MOST_FRAMES, "n", self.n, f"1 to {MOST_FRAMES} frames")
        _demand(1 <= self.k <= self.n, "k", self.k, f"1 to n, {self.n}")
        _demand(0 <= self.smoothing < 1, "smoothing", self.smoothing, "0 to below 1")
        for name in ("resound_after_seconds", "max_siren_seconds", "notice_every_seconds"):
            value = getattr(self, name)
            _demand(0 <= value <= MOST_SECONDS, name, value, f"0 to {MOST_SECONDS:g}")
        test = self.test_seconds
        _demand(0 < test <= LONGEST_TEST, "test_seconds", test, f"above 0, up to {LONGEST_TEST:g}")

    def indexes(self, labels: Labels) -> tuple[int, ...]:
        """Return where the hazard's classes stand in a model's scores.

        Raises:
            ConfigError: the model has no such class.
        """
        return class_indexes(self.hazard, labels)


def class_indexes(hazard: Sequence[str], labels: Labels) -> tuple[int, ...]:
    """Return where some classes stand in a model's scores.

    Raises:
        ConfigError: the model has no such class.
    """
    for name in hazard:
        if name not in labels.names:
            near = difflib.get_close_matches(name, labels.names, n=1, cutoff=0.5)
            raise ConfigError(
                f"hazard names a class that the model does not have: {name!r}",
                expected="one of " + ", ".join(labels),
                next_step=f"did you mean {near[0]!r}?" if near else None,
            )
    return tuple(labels.index(name) for name in hazard)


def _demand(holds: bool, name: str, found: object, expected: str) -> None:
    if not holds:
        raise ConfigError(f"{name} is out of range", found=found, expected=expected)
