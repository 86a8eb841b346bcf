"""Manifest: what a bundle says of its model, in a versioned schema."""

import json
from dataclasses import dataclass, field
from typing import Any

from edge.contract.approval import Approval
from edge.contract.errors import BundleError, BundleTampered, BundleUnsupported, ModelError
from edge.contract.golden import GoldenVector
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess
from edge.contract.tensors import TensorSpec

SCHEMA = 1


@dataclass(frozen=True)
class Manifest:
    """Describes a packaged model.

    `files` maps each other file in the bundle to its SHA-256 in hex. `golden_tolerance_quanta`
    is how many steps of the score tensor another machine's scores may be off (for a float
    model, `golden_tolerance` in score instead). `accuracy` and `provenance` hold the measured
    figures and where the model came from, as plain JSON.
    """

    name: str
    labels: Labels
    preprocess: Preprocess
    input: TensorSpec
    outputs: tuple[TensorSpec, ...]
    recipe: str
    files: dict[str, str]
    golden: tuple[GoldenVector, ...]
    approval: Approval
    golden_tolerance_quanta: int = 1
    golden_tolerance: float = 1e-3
    accuracy: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return canonical JSON: sorted keys, two-space indent, UTF-8, one final line break."""
        data = {
            "schema": SCHEMA,
            "name": self.name,
            "labels": list(self.labels),
            "preprocess": self.preprocess.to_json(),
            "input": self.input.to_json(),
            "outputs": [spec.to_json() for spec in self.outputs],
            "recipe": self.recipe,
            "files": self.files,
            "golden": [vector.to_json() for vector in self.golden],
            "golden_tolerance_quanta": self.golden_tolerance_quanta,
            "golden_tolerance": self.golden_tolerance,
            "approval": self.approval.to_json(),
            "accuracy": self.accuracy,
            "provenance": self.provenance,
        }
        text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Read what `to_bytes` wrote.

        Raises:
            BundleUnsupported: another schema version.
            BundleTampered: not such a manifest at all.
        """
        try:
            fields = json.loads(data, parse_constant=_no_such_number)
            schema = fields.pop("schema")
            if schema != SCHEMA:
                raise BundleUnsupported(
                    "the bundle is of another schema",
                    found=f"version {schema}",
                    expected=f"version {SCHEMA}",
                    next_step="install the emberwatch version that made the bundle",
                )
            manifest = cls(**(fields | _typed(fields)))
            _check(manifest)
        except BundleError:
            raise
        except json.JSONDecodeError as error:
            raise BundleTampered("the bundle's manifest is not JSON", found=error) from error
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise BundleTampered("the bundle's manifest is unreadable", found=error) from error
        except ModelError as error:
            raise BundleTampered("the bundle's manifest is wrong", found=error.line()) from error
        return manifest


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "labels": Labels(tuple(fields["labels"])),
        "preprocess": Preprocess.from_json(fields["preprocess"]),
        "input": TensorSpec.from_json(fields["input"]),
        "outputs": tuple(map(TensorSpec.from_json, fields["outputs"])),
        "golden": tuple(map(GoldenVector.from_json, fields["golden"])),
        "approval": Approval.from_json(fields["approval"]),
    }


def _no_such_number(word: str) -> float:
    # A golden score of NaN would be within any tolerance of any score.
    raise ValueError(f"{word} is no number")


def _check(manifest: Manifest) -> None:
    """Refuse fields of other types or ranges than `to_bytes` writes.

    Raises:
        BundleTampered: naming the field.
    """
    texts = [manifest.name, manifest.recipe, *manifest.files, *manifest.files.values()]
    quanta, tolerance = manifest.golden_tolerance_quanta, manifest.golden_tolerance
    classes = len(manifest.labels)
    wrong = {
        "name, recipe and files": not all(isinstance(text, str) for text in texts),
        "golden_tolerance_quanta": not isinstance(quanta, int) or quanta < 0,
        "golden_tolerance": not isinstance(tolerance, int | float) or not 0 <= tolerance <= 1,
        "golden": any(not _plausible(vector, classes) for vector in manifest.golden),
        "accuracy": not isinstance(manifest.accuracy, dict),
        "provenance": not isinstance(manifest.provenance, dict),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise BundleTampered(f"the bundle's manifest has an impossible {name}")


def _plausible(vector: GoldenVector, classes: int) -> bool:
    numbers = all(isinstance(s, int | float) and 0 <= s <= 1 for s in vector.scores)
    return numbers and len(vector.scores) == classes and isinstance(vector.picture, str)
