"""Measured: what one model did in one runtime, held against the reference."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from converter.benchmark.drift import Drift
from converter.benchmark.timing import OperatorTime, Timing
from converter.statistics import Difference, Figures, Proportion


@dataclass(frozen=True)
class Measured:
    """What a model did in a runtime.

    `agreement` is with the reference's answers; `lost` counts pictures that the reference had
    right and this has wrong, `gained` the other way about; all three count nothing where there
    is no reference, and `drift` is then None. `median_ms` and `p95_ms` are of the model alone,
    per picture, on `threads` threads: the stopwatch's where `timings` has any, else taken
    while the pictures were scored. `decode_ms` is reading and preprocessing a picture.
    """

    figures: Figures
    agreement: Proportion
    lost: int
    gained: int
    largest_difference: float
    sha256: str
    size_bytes: int
    runtime: str
    threads: int
    median_ms: float
    p95_ms: float
    decode_ms: float
    drift: Drift | None = None
    timings: tuple[Timing, ...] = ()

    @property
    def difference(self) -> Difference:
        """Return the accuracy lost to the reference, with its interval and test."""
        return Difference.of_counts(self.lost, self.gained, self.agreement.of)

    @property
    def headline(self) -> Timing | None:
        """Return the timing that stands for the model: fewest threads, with XNNPACK if timed."""
        return min(self.timings, key=lambda t: (not t.xnnpack, t.threads), default=None)

    def by_the_stopwatch(self) -> "Measured":
        """Return this with the headline's times for its own, where there is one."""
        best = self.headline
        if best is None:
            return self
        return replace(self, threads=best.threads, median_ms=best.median_ms, p95_ms=best.p95_ms)

    @property
    def throttled(self) -> bool:
        """Say whether the machine slowed itself down, so that the time is no result."""
        return self.headline is not None and self.headline.throttled

    @property
    def latency_ms(self) -> float | None:
        """Return the median time of a picture, None where the machine throttled."""
        return None if self.throttled else self.median_ms

    @property
    def ms_text(self) -> str:
        """Return the median time for people, one digit after the point."""
        return "throttled" if self.throttled else f"{self.median_ms:.1f}"

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON, with the difference that the counts make."""
        difference = self.difference
        return asdict(self) | {
            "figures": self.figures.to_json(),
            "difference": asdict(difference)
            | {"p_value": difference.p_value, "significant": difference.significant},
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Measured":
        """Read what `to_json` wrote."""
        data = {name: value for name, value in data.items() if name != "difference"}
        return cls(
            **data
            | {
                "figures": Figures.from_json(data["figures"]),
                "agreement": Proportion(**data["agreement"]),
                "drift": Drift(**data["drift"]) if data["drift"] else None,
                "timings": tuple(map(timing_from_json, data["timings"])),
            }
        )


@dataclass(frozen=True)
class Result:
    """A model's row in one runtime: what was measured, or why the runtime refused it."""

    recipe: str
    measured: Measured | None
    refused: str = ""
    runtime: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells a row from the others: the model's name and the runtime's."""
        return self.recipe, self.measured.runtime if self.measured else self.runtime

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        row: dict[str, Any] = {"recipe": self.recipe}
        if self.measured is None:
            return row | {"refused": self.refused, "runtime": self.runtime}
        return row | {"measured": self.measured.to_json()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Result":
        """Read what `to_json` wrote."""
        if "measured" not in data:
            return cls(data["recipe"], None, data["refused"], data["runtime"])
        return cls(data["recipe"], Measured.from_json(data["measured"]))


def timing_from_json(data: dict[str, Any]) -> Timing:
    """Read what `dataclasses.asdict` gave of a timing."""
    return Timing(**data | {"operators": tuple(OperatorTime(**one) for one in data["operators"])})
