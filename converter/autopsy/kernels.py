"""KernelCheck: whether kernels compute what the file says, against the reference kernels."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from converter.autopsy.float_twin import EVERYTHING
from converter.autopsy.stages import CAMERA, KERNELS, XNNPACK, Floats, StageScores
from converter.progress import Progress
from edge.contract.errors import ModelRefused

# TFLite's reference kernels take about a second for a picture of Inception v3.
PICTURES = 8
NAMES = {
    KERNELS.key: "TFLite's own kernels",
    XNNPACK.key: "LiteRT with XNNPACK",
    CAMERA.key: "the camera's runtime",
}


@dataclass(frozen=True)
class KernelCheck:
    """Scores by some kernels against those by TFLite's reference kernels, on a few pictures.

    `mean_difference` and `largest_difference` are absolute, in score.
    """

    name: str
    pictures: int
    same_answers: int
    mean_difference: float
    largest_difference: float

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)


def check_kernels(
    scores: StageScores, found: dict[str, Floats], progress: Progress
) -> tuple[KernelCheck, ...]:
    """Hold each stage's kernels, and the simulation, against the reference kernels.

    Nothing where LiteRT has no reference kernels for an operator.
    """
    most = min(PICTURES, len(scores.theirs))
    try:
        with progress.step("reference kernels", most) as tick:
            plain = scores.file("reference", tick, most)
    except ModelRefused:
        return ()
    ours = {NAMES[key]: found[key][:most] for key in NAMES if key in found}
    ours = {"the float simulation": scores.twin_scores(rounded=EVERYTHING, most=most)} | ours
    return tuple(_check(name, plain, theirs) for name, theirs in ours.items())


def _check(name: str, plain: Floats, theirs: Floats) -> KernelCheck:
    difference = np.abs(plain - theirs)
    same = int((plain.argmax(axis=1) == theirs.argmax(axis=1)).sum())
    mean, largest = float(difference.mean()), float(difference.max())
    return KernelCheck(name, len(plain), same, round(mean, 6), round(largest, 6))
