"""Trial: a recipe that was carried out, and what its model did on the validation pictures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from converter.recipes import Recipe


@dataclass(frozen=True)
class Trial:
    """A recipe, the file that it gives, and that file's figures in the Pi's environment.

    `sha256` and `size_bytes` are of the file that `emberwatch convert` writes by the recipe.
    `ms` is the median of one picture in the model alone, one thread. Over `pictures`
    validation pictures: `accuracy` and `float_accuracy` in [0, 1]; `agreement`, the share on
    which both name the same class; `drift`, the mean absolute difference of the scores from
    the float model's, in [0, 1], and `largest` the largest one.
    """

    recipe: Recipe
    sha256: str
    size_bytes: int
    ms: float
    pictures: int
    accuracy: float
    float_accuracy: float
    agreement: float
    drift: float
    largest: float

    @property
    def drop(self) -> float:
        """Return the accuracy lost to the float model, in points of a hundred, 0 or more.

        A gain over the float model is luck, and counts as no loss.
        """
        return max(0.0, round(100 * (self.float_accuracy - self.accuracy), 4))

    @property
    def loss(self) -> tuple[float, float]:
        """Return what trials are ranked by: the accuracy drop, then the drift."""
        return self.drop, self.drift

    def beats(self, other: "Trial") -> bool:
        """Say whether this is nowhere worse in loss, time and size, and somewhere better."""
        pairs = zip(self.figures, other.figures, strict=True)
        return self.figures != other.figures and all(ours <= theirs for ours, theirs in pairs)

    @property
    def figures(self) -> tuple[tuple[float, float], tuple[float], tuple[float]]:
        """Return what trials are compared by: loss, time and size, the last two to two digits.

        More digits of a time are noise, and a file a hundredth smaller is as small.
        """
        return self.loss, (float(f"{self.ms:.2g}"),), (float(f"{self.size_bytes:.2g}"),)

    def to_json(self) -> dict[str, Any]:
        """Return the trial as plain JSON."""
        return asdict(self) | {"recipe": self.recipe.to_json(), "drop": self.drop}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Trial":
        """Read what `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        fields = {name: value for name, value in data.items() if name != "drop"}
        return cls(**fields | {"recipe": Recipe.from_json(data["recipe"])})


def same_speed(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials with one time for all that have the same operators: their median.

    Ranges, biases and calibration pictures change the numbers in a model, not its work. What
    differs between their times is what else the machine did.
    """
    times: dict[tuple[Any, ...], list[float]] = {}
    for one in trials:
        times.setdefault(_work(one.recipe), []).append(one.ms)
    return [replace(one, ms=round(median(times[_work(one.recipe)]), 3)) for one in trials]


def _work(recipe: Recipe) -> tuple[Any, ...]:
    numbers = (recipe.weights, recipe.activations, recipe.engine)
    return (*numbers, recipe.float_layers, recipe.float_from, recipe.pools)


def front(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that no other beats (the Pareto front), the fastest first.

    Of several with equal figures the first stands for all.
    """
    best = [one for one in trials if not any(other.beats(one) for other in trials)]
    kept: dict[tuple[Any, ...], Trial] = {}
    for one in best:
        kept.setdefault(one.figures, one)
    return sorted(kept.values(), key=lambda one: (one.ms, one.loss))
