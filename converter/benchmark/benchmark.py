"""Benchmark: a reference and each model on the same pictures."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from converter.benchmark.flips import Flip
from converter.benchmark.machine import Machine
from converter.benchmark.measured import Measured, Result
from converter.benchmark.pictures import OWN
from converter.statistics import Figures
from converter.trained_model import TrainedModel
from edge.contract import atomic
from edge.contract.bundle import sha256
from edge.contract.errors import InputError
from edge.contract.labels import Labels

__all__ = ["Benchmark", "Measured", "Result", "refusals"]

FILE = "benchmark.json"
SCHEMA = 2
KERAS = "float (Keras)"


@dataclass(frozen=True)
class Benchmark:
    """The figures of a run, or of foreign models.

    `reference` has the figures that the others are held against: for a run the float Keras
    model, run by TensorFlow, of `keras_bytes` and hash `keras_sha256` (0 and empty for foreign
    models); for foreign models those of `reference_name`, which also has a row. Where there is
    nothing to hold against, it counts no pictures.

    `results` has a row for each model in each runtime, the first runtime's first. `unreadable`
    lists test pictures that could not be decoded; they count for nobody. `source` says where
    the pictures are from, `pictures_sha256` which they are, `left_out` which were not
    taken, `untimed` what could not be timed.
    """

    labels: Labels
    keras_sha256: str
    keras_bytes: int
    reference: Figures
    results: tuple[Result, ...]
    flips: tuple[Flip, ...] = ()
    unreadable: tuple[str, ...] = ()
    reference_name: str = KERAS
    reference_ece: float | None = None
    pictures_sha256: str = ""
    source: str = OWN
    left_out: tuple[str, ...] = ()
    machine: Machine | None = None
    untimed: tuple[str, ...] = ()

    @property
    def compared(self) -> bool:
        """Say whether there is a reference to hold the models against."""
        return self.reference.accuracy.of > 0

    @property
    def rows(self) -> list[tuple[str, Measured]]:
        """Return the models that ran, in order, as (name, what was measured)."""
        return [(one.recipe, one.measured) for one in self.results if one.measured]

    @property
    def runtimes(self) -> list[str]:
        """Return the runtimes that anything was measured in, the first one first."""
        return list(dict.fromkeys(measured.runtime for _, measured in self.rows))

    @property
    def pictures(self) -> int:
        """Return how many pictures count."""
        shares = [self.reference.accuracy, *(one.figures.accuracy for _, one in self.rows)]
        return max(share.of for share in shares)

    def name(self, recipe: str, measured: Measured) -> str:
        """Return a model's name, with its runtime where there are several."""
        return recipe if len(self.runtimes) < 2 else f"{recipe}, {short_runtime(measured.runtime)}"

    def measured(self, recipe: str) -> Measured:
        """Return what was measured of a recipe, in the first runtime that ran it.

        Raises:
            InputError: it was not measured, or was refused.
        """
        for name, measured in self.rows:
            if name == recipe:
                return measured
        raise InputError(
            f"the benchmark has no figures for {recipe}",
            found=", ".join(dict.fromkeys(name for name, _ in self.rows)) or "none",
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
        """Return this with the rows that only an older one of the same model and pictures has."""
        if older is None or self._subject != older._subject:
            return self
        ours = {result.key for result in self.results}
        return replace(
            self,
            results=self.results + tuple(r for r in older.results if r.key not in ours),
            flips=self.flips + tuple(f for f in older.flips if (f.recipe, f.runtime) not in ours),
        )

    def led_by(self, runtime: str) -> "Benchmark":
        """Return this with the rows of a runtime first, so that `measured` gives those."""
        return replace(
            self, results=tuple(sorted(self.results, key=lambda one: one.key[1] != runtime))
        )

    @property
    def _subject(self) -> tuple[str, str, str]:
        return self.keras_sha256, self.pictures_sha256, self.reference_name

    def covers(self, recipe: str, model_sha256: str, runtime: str) -> bool:
        """Say whether this very model was measured on this very runtime."""
        return any(
            (name, one.sha256, one.runtime) == (recipe, model_sha256, runtime)
            for name, one in self.rows
        )

    def write(self, folder: Path) -> Path:
        """Write FOLDER/benchmark.json atomically and return its path.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        path = folder / FILE
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
        atomic.write_text(path, text + "\n")
        return path

    def to_json(self) -> dict[str, Any]:
        """Return the whole as plain JSON."""
        return {
            "schema": SCHEMA,
            "labels": list(self.labels),
            "source": self.source,
            "pictures_sha256": self.pictures_sha256,
            "machine": asdict(self.machine) if self.machine else None,
            "keras_sha256": self.keras_sha256,
            "keras_bytes": self.keras_bytes,
            "reference_name": self.reference_name,
            "reference_ece": self.reference_ece,
            "reference": self.reference.to_json(),
            "results": [result.to_json() for result in self.results],
            "flips": [asdict(flip) | {"kind": flip.kind} for flip in self.flips],
            "unreadable": list(self.unreadable),
            "left_out": list(self.left_out),
            "untimed": list(self.untimed),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Benchmark":
        """Read what `to_json` wrote."""
        flips = [{k: v for k, v in flip.items() if k != "kind"} for flip in data["flips"]]
        return cls(
            labels=Labels(tuple(data["labels"])),
            keras_sha256=data["keras_sha256"],
            keras_bytes=data["keras_bytes"],
            reference=Figures.from_json(data["reference"]),
            results=tuple(map(Result.from_json, data["results"])),
            flips=tuple(map(Flip.from_json, flips)),
            unreadable=tuple(data["unreadable"]),
            reference_name=data["reference_name"],
            reference_ece=data["reference_ece"],
            pictures_sha256=data["pictures_sha256"],
            source=data["source"],
            left_out=tuple(data["left_out"]),
            untimed=tuple(data["untimed"]),
            machine=Machine(**data["machine"]) if data["machine"] else None,
        )

    @classmethod
    def read(cls, trained: TrainedModel) -> "Benchmark | None":
        """Return the run's benchmark; None where there is none of this very Keras model."""
        try:
            data = json.loads((trained.folder / FILE).read_text(encoding="utf-8"))
            if data["schema"] != SCHEMA:
                return None
            if data["keras_sha256"] != sha256(trained.keras_path.read_bytes()):
                return None
            return cls.from_json(data)
        except (OSError, KeyError, TypeError, json.JSONDecodeError):
            return None


def refusals(results: Sequence[Result]) -> list[str]:
    """Return a line for each model that was refused."""
    return [
        f"{result.recipe}{f', {short_runtime(result.runtime)}' if result.runtime else ''}: "
        f"{result.refused}"
        for result in results
        if result.refused
    ]


def short_runtime(runtime: str) -> str:
    """Return a runtime's name for a narrow place, such as `LiteRT 2.3` or `tflite 2.14`."""
    found = re.match(r"(\S+) (\d+(?:\.\d+)?)\S*(?: on (.+))?$", runtime)
    if found is None:
        return runtime
    name, version, host = found.groups()
    short = {"ai-edge-litert": "LiteRT", "tflite-runtime": "tflite"}.get(name, name)
    return f"{short} {version}" + (f" on {host}" if host else "")
