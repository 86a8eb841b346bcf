"""Golden check: whether this machine gives what a bundle's golden pictures must give."""

from dataclasses import dataclass

import numpy as np

from edge.contract.bundle import ModelBundle
from edge.contract.errors import BundleTampered, GoldenMismatch
from edge.contract.golden import GoldenVector
from edge.contract.picture import decode_picture
from edge.contract.preprocess import tensor_sha256
from edge.inference.classifier import Classifier


@dataclass(frozen=True)
class GoldenReport:
    """How a machine did on a bundle's golden vectors.

    `largest_difference` is in score; `quantum` is the score tensor's smallest step (0 for a
    float model) and `tolerance` what the bundle allows, in score. `failures` has a line for
    each vector that did not come out.
    """

    vectors: int
    runtime: str
    largest_difference: float
    quantum: float
    tolerance: float
    failures: tuple[str, ...]

    @property
    def largest_quanta(self) -> float | None:
        """Return the largest difference in steps of the score; None for a float model."""
        return round(self.largest_difference / self.quantum, 3) if self.quantum else None

    def require(self) -> None:
        """Pass if every vector came out.

        Raises:
            GoldenMismatch: one did not.
        """
        if self.failures:
            raise GoldenMismatch(
                f"{len(self.failures)} of {self.vectors} golden vectors do not come out in "
                f"{self.runtime}",
                found=self.failures[0],
                next_step="do not use this bundle here; keep the model that is in use",
            )


def check_golden(classifier: Classifier, bundle: ModelBundle) -> GoldenReport:
    """Run every golden picture of a bundle through a classifier made of it.

    Raises:
        BundleTampered: the bundle has no golden vectors, or lacks one's picture.
        ModelError: the runtime failed.
    """
    vectors = bundle.manifest.golden
    if not vectors:
        raise BundleTampered("the bundle has no golden vectors, so it cannot prove itself")
    quantum = classifier.score_spec.quantum
    quanta = bundle.manifest.golden_tolerance_quanta
    tolerance = quanta * quantum if quantum else bundle.manifest.golden_tolerance
    largest, failures = 0.0, []
    for vector in vectors:
        difference, failure = _check_vector(classifier, bundle, vector, tolerance)
        largest = max(largest, difference)
        failures += [f"{vector.picture}: {failure}"] if failure else []
    return GoldenReport(
        vectors=len(vectors),
        runtime=classifier.interpreter.runtime_version,
        largest_difference=largest,
        quantum=quantum,
        tolerance=tolerance,
        failures=tuple(failures),
    )


def _check_vector(
    classifier: Classifier, bundle: ModelBundle, vector: GoldenVector, tolerance: float
) -> tuple[float, str]:
    """Return the largest difference in score, and what is wrong, empty for nothing."""
    if vector.picture not in bundle.files:
        raise BundleTampered(f"the bundle has no {vector.picture}")
    tensor = classifier.tensor(decode_picture(bundle.files[vector.picture], vector.picture))
    scores = classifier.classify_tensor(tensor).scores
    if len(vector.scores) != len(scores):
        raise BundleTampered(f"{vector.picture} has scores for another number of classes")
    difference = float(np.abs(scores - np.array(vector.scores, np.float32)).max())
    if tensor_sha256(tensor) != vector.tensor_sha256:
        return difference, "becomes another input tensor here (decoder, resize or colour order)"
    # A quarter of a float32 step at 1.0 is no difference worth a refusal.
    if difference > tolerance + 1e-6:
        return difference, f"scores {difference:.4f} off, {tolerance:.4f} allowed"
    return difference, ""
