"""Verdict: what a model's figures mean, in a sentence for people."""

from dataclasses import dataclass

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.measured import Measured
from converter.statistics import Difference


@dataclass(frozen=True)
class Verdict:
    """A model's cost: `cost` in few words, `proof` whether that is real or may be chance.

    `tone` is `good` where nothing was lost, `open` where it may be chance, `bad` where the
    loss is real, `plain` where there is nothing to compare with.
    """

    name: str
    cost: str
    proof: str
    tone: str
    measured: Measured

    @classmethod
    def of(cls, benchmark: Benchmark, recipe: str, measured: Measured) -> "Verdict":
        """Judge one model."""
        name = benchmark.name(recipe, measured)
        if not measured.agreement.of:
            own = recipe == benchmark.reference_name
            cost = "the reference" if own else "no reference to compare with"
            return cls(name, cost, "", "plain", measured)
        difference = measured.difference
        tone = "good"
        if difference.lost > difference.gained:
            tone = "bad" if difference.significant else "open"
        against = "float" if benchmark.keras_sha256 else benchmark.reference_name
        return cls(name, _cost(difference, against), _proof(difference), tone, measured)


def verdicts(benchmark: Benchmark) -> list[Verdict]:
    """Return a verdict for each model that ran."""
    return [Verdict.of(benchmark, recipe, measured) for recipe, measured in benchmark.rows]


def points(share: float | None) -> str:
    """Return a share as percentage points, such as `1.6`."""
    return "-" if share is None else f"{100 * share:.1f}"


def _cost(difference: Difference, against: str) -> str:
    value = difference.value or 0.0
    if value == 0:
        return f"the same accuracy as {against}"
    more = "less" if value > 0 else "more"
    return f"{points(abs(value))} points {more} accurate than {against}"


def _proof(difference: Difference) -> str:
    """Say whether the difference is real, with the counts and the interval that say so."""
    lost, gained = difference.lost, difference.gained
    if lost == gained == 0:
        at_most = points(difference.high)
        return (
            f"Right and wrong on the very same pictures. With {difference.of} of them, a loss of "
            f"up to {at_most} points could still go unseen."
        )
    counts = f"{lost} lost, {gained} gained of {difference.of} (p = {p_text(difference.p_value)})"
    span = f"{points(difference.low)} to {points(difference.high)} points (95% interval)"
    if lost == gained:
        return f"As many gained as lost: {counts}. The cost may be anywhere from {span}."
    if difference.significant:
        what = "loss" if lost > gained else "gain"
        return f"The {what} is real: {counts}. The cost: {span}."
    return f"That may be chance: {counts}. The cost may be anywhere from {span}."


def p_text(p_value: float | None) -> str:
    """Return a p-value as a person writes it."""
    if p_value is None:
        return "-"
    return f"{p_value:.2f}" if p_value >= 0.095 else f"{p_value:.1g}"
