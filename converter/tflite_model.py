"""TfliteModel: a converted model in its run's folder, with a record of how it was made."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from converter.average_pool import Pools
from converter.preflight.flatbuffer import Declaration, Operator
from converter.recipes import Recipe
from converter.trained_model import TrainedModel
from edge.contract import atomic
from edge.contract.bundle import sha256
from edge.contract.tensors import TensorSpec

FOLDER = "tflite"
SCHEMA = 3


@dataclass(frozen=True)
class Trial:
    """How a model did in a Pi environment before it was called good.

    `largest_difference` is in score, against the float Keras model; `median_ms` the time of
    one picture on one thread.
    """

    runtime: str
    pictures: int
    largest_difference: float
    median_ms: float


@dataclass(frozen=True)
class TfliteModel:
    """A converted model: `path` is the .tflite file, beside it lies its record as .json.

    `recipe_digest` is a hash of what the recipe did, `keras_sha256` names the float model that
    it was made of, `calibration` the pictures that
    were used (None where none were), `pools` the form of its average pools, `seconds` the time
    of the conversion.
    """

    path: Path
    recipe: str
    recipe_digest: str
    sha256: str
    size_bytes: int
    keras_sha256: str
    pools: Pools
    declared: Declaration
    trial: Trial
    seconds: float
    calibration: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=dict)

    def write_record(self) -> None:
        """Write the record beside the model, atomically.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        record = asdict(self) | {
            "schema": SCHEMA,
            "path": self.path.name,
            "declared": _declared_json(self.declared),
        }
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        atomic.write_text(record_path(self.path), text)

    @classmethod
    def read(cls, trained: TrainedModel, recipe: Recipe) -> "TfliteModel | None":
        """Return the run's model by a recipe; None where there is none that is still right.

        Not right any more is one of another Keras model, one by a recipe of that name that did
        something else, or one whose file was changed.
        """
        path = model_path(trained, recipe)
        try:
            record = json.loads(record_path(path).read_text(encoding="utf-8"))
            if record.pop("schema") != SCHEMA or record["sha256"] != sha256(path.read_bytes()):
                return None
            if record["keras_sha256"] != sha256(trained.keras_path.read_bytes()):
                return None
            if record["recipe_digest"] != recipe.digest:
                return None
            return cls(
                **record
                | {
                    "path": path,
                    "declared": _read_declared(record["declared"]),
                    "trial": Trial(**record["trial"]),
                }
            )
        except (OSError, KeyError, TypeError, json.JSONDecodeError):
            return None


def model_path(trained: TrainedModel, recipe: Recipe) -> Path:
    """Return where a run's model by a recipe lies."""
    return trained.folder / FOLDER / f"{recipe.name}.tflite"


def record_path(path: Path) -> Path:
    """Return where the record of a model file lies."""
    return path.with_suffix(".json")


def remove(trained: TrainedModel, recipe: Recipe) -> None:
    """Remove a run's model by a recipe and its record, where they are."""
    path = model_path(trained, recipe)
    record_path(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _declared_json(declared: Declaration) -> dict[str, Any]:
    return {
        "inputs": [spec.to_json() for spec in declared.inputs],
        "outputs": [spec.to_json() for spec in declared.outputs],
        "operators": [asdict(operator) for operator in declared.operators],
        "min_runtime_version": declared.min_runtime_version,
    }


def _read_declared(data: dict[str, Any]) -> Declaration:
    return Declaration(
        inputs=tuple(map(TensorSpec.from_json, data["inputs"])),
        outputs=tuple(map(TensorSpec.from_json, data["outputs"])),
        operators=tuple(Operator(**operator) for operator in data["operators"]),
        min_runtime_version=data["min_runtime_version"],
    )
