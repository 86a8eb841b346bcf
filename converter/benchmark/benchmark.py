"""Benchmark: the float model and each recipe on the same test pictures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from converter.statistics import Figures, Proportion
from converter.trained_model import TrainedModel
from edge.contract import atomic
from edge.contract.bundle import sha256
from edge.contract.errors import InputError
from edge.contract.labels import Labels

FILE = "benchmark.json"
SCHEMA = 1


@dataclass(frozen=True)
class Measured:
    """What a recipe's model did in the Pi environment.

    `agreement` is with the float model's answers; `lost` counts pictures that float had right
    and this has wrong, `gained` the other way about. Times are of the model alone, per
    picture, on `threads` threads; `decode_ms` is reading and preprocessing a picture.
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


@dataclass(frozen=True)
class Result:
    """A recipe's row: what was measured, or why the runtime refused it."""

    recipe: str
    measured: Measured | None
    refused: str = ""


@dataclass(frozen=True)
class Changed:
    """A picture to which a recipe gives another answer than the float model."""

    recipe: str
    file: str
    truth: str
    float_answer: str
    float_score: float
    answer: str
    score: float


@dataclass(frozen=True)
class Benchmark:
    """The figures of a run: `reference` is the float Keras model, run by TensorFlow.

    `unreadable` lists test pictures that could not be decoded; they count for nobody.
    """

    labels: Labels
    keras_sha256: str
    keras_bytes: int
    reference: Figures
    results: tuple[Result, ...]
    changed: tuple[Changed, ...] = ()
    unreadable: tuple[str, ...] = ()

    def measured(self, recipe: str) -> Measured:
        """Return what was measured of a recipe.

        Raises:
            InputError: it was not measured, or was refused.
        """
        for result in self.results:
            if result.recipe == recipe and result.measured:
                return result.measured
        raise InputError(
            f"the benchmark has no figures for {recipe}",
            found=", ".join(result.recipe for result in self.results if result.measured) or "none",
            next_step=f"run emberwatch benchmark with --recipes {recipe}",
        )

    def drop_points(self, recipe: str) -> float:
        """Return the accuracy lost to a recipe in percentage points; below 0 it gained.

        Raises:
            InputError: the recipe was not measured.
        """
        ours = self.measured(recipe).figures.accuracy
        return 100 * ((self.reference.accuracy.value or 0.0) - (ours.value or 0.0))

    def merged(self, older: "Benchmark | None") -> "Benchmark":
        """Return this with the rows that only an older benchmark of the same model has."""
        if older is None or older.keras_sha256 != self.keras_sha256:
            return self
        ours = {result.recipe for result in self.results}
        return replace(
            self,
            results=self.results + tuple(r for r in older.results if r.recipe not in ours),
            changed=self.changed + tuple(c for c in older.changed if c.recipe not in ours),
        )

    def write(self, run: Path) -> Path:
        """Write RUN/benchmark.json atomically and return its path.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        path = run / FILE
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        atomic.write_text(path, text + "\n")
        return path

    def to_json(self) -> dict[str, Any]:
        """Return the whole as plain JSON."""
        return {
            "schema": SCHEMA,
            "labels": list(self.labels),
            "keras_sha256": self.keras_sha256,
            "keras_bytes": self.keras_bytes,
            "reference": self.reference.to_json(),
            "results": [_result_json(result) for result in self.results],
            "changed": [vars(change) for change in self.changed],
            "unreadable": list(self.unreadable),
        }

    @classmethod
    def read(cls, trained: TrainedModel) -> "Benchmark | None":
        """Return the run's benchmark; None where there is none of this very Keras model."""
        try:
            data = json.loads((trained.folder / FILE).read_text(encoding="utf-8"))
            if data["schema"] != SCHEMA:
                return None
            if data["keras_sha256"] != sha256(trained.keras_path.read_bytes()):
                return None
            return cls(
                labels=Labels(tuple(data["labels"])),
                keras_sha256=data["keras_sha256"],
                keras_bytes=data["keras_bytes"],
                reference=Figures.from_json(data["reference"]),
                results=tuple(map(_read_result, data["results"])),
                changed=tuple(Changed(**change) for change in data["changed"]),
                unreadable=tuple(data["unreadable"]),
            )
        except (OSError, KeyError, TypeError, json.JSONDecodeError):
            return None

    def covers(self, recipe: str, model_sha256: str, runtime: str) -> bool:
        """Say whether this very model was measured on this very runtime."""
        return any(
            result.recipe == recipe
            and result.measured is not None
            and result.measured.sha256 == model_sha256
            and result.measured.runtime == runtime
            for result in self.results
        )


def refusals(results: Sequence[Result]) -> list[str]:
    """Return a line for each recipe that was refused."""
    return [f"{result.recipe}: {result.refused}" for result in results if result.refused]


def _result_json(result: Result) -> dict[str, Any]:
    data: dict[str, Any] = {"recipe": result.recipe}
    if result.measured is None:
        return data | {"refused": result.refused}
    measured = result.measured
    return data | {
        "measured": vars(measured)
        | {"figures": measured.figures.to_json(), "agreement": vars(measured.agreement)}
    }


def _read_result(data: dict[str, Any]) -> Result:
    if "measured" not in data:
        return Result(data["recipe"], None, data["refused"])
    measured = data["measured"]
    return Result(
        data["recipe"],
        Measured(
            **measured
            | {
                "figures": Figures.from_json(measured["figures"]),
                "agreement": Proportion(**measured["agreement"]),
            }
        ),
    )
