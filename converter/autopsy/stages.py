"""Stages: the float model's scores, then each change that quantising makes, one upon another."""

import tempfile
from collections.abc import Callable, Container, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from converter.autopsy.float_twin import EVERYTHING, NOTHING, FloatTwin
from converter.autopsy.graph_run import GraphRun, Kernels
from converter.autopsy.specimen import Specimen
from converter.benchmark.drift import divergence
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.statistics import Difference, Proportion, agreement
from edge.contract import atomic
from edge.contract.errors import ModelRefused
from edge.contract.picture import Rgb
from edge.contract.tensors import Array, TensorSpec
from edge.inference.classifier import Classifier
from edge.inference.pixel_range import PixelRange

Floats = npt.NDArray[np.float32]
Tick = Callable[[], None]
# The largest score difference between the float file and its twin that is float rounding.
TWIN_SLACK = 1e-4
PROOF_PICTURES = 3
# The step of a score in 8 bits: a score of 0 then stands for less than half of it.
SCORE_STEP = 1 / 256


@dataclass(frozen=True)
class StageKind:
    """A stage's key, its title, and what it adds to the stage before."""

    key: str
    title: str
    adds: str


KINDS = (
    StageKind("float", "float model", "nothing: the float model on our input tensors"),
    StageKind("pixels", "decode and resize", "the camera's input tensors in place of ours"),
    StageKind("input", "input", "pixels rounded to the input tensor's integers"),
    StageKind("weights", "weights", "the file's own integer weights and biases"),
    StageKind(
        "activations", "activations", "each tensor between the layers rounded to its integers"
    ),
    StageKind("output", "output", "class map, logits and scores rounded to theirs"),
    StageKind("kernels", "integer kernels", "the file itself, by TFLite's own kernels"),
    StageKind("xnnpack", "XNNPACK", "the file by LiteRT with XNNPACK"),
    StageKind("camera", "camera's runtime", "the file in the camera's environment"),
)
FLOAT, PIXELS, INPUT, WEIGHTS, ACTIVATIONS, OUTPUT, KERNELS, XNNPACK, CAMERA = KINDS
# The stages that only compute, and those whose scores are 8-bit integers.
COMPUTING = (KERNELS.key, XNNPACK.key, CAMERA.key)
ROUNDED = (OUTPUT.key, *COMPUTING)


@dataclass(frozen=True)
class Stage:
    """What a stage's scores are worth.

    `agreement`, `mean_difference` (absolute, in score), `kl_nats` and `loss` are against the
    float model on our tensors; `step_difference` and `step` against the stage before. `share`
    is the stage's part of the drift, in [0, 1]: by how much it raises the mean squared score
    difference to the float model (errors that have nothing to do with each other add up so),
    of all such rises. Kernels that only round otherwise, and land as far away, have none.
    """

    key: str
    title: str
    adds: str
    accuracy: Proportion
    agreement: Proportion
    mean_difference: float
    kl_nats: float
    loss: Difference
    step_difference: float
    step: Difference
    share: float

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self) | {"loss_p": self.loss.p_value, "step_p": self.step.p_value}


@dataclass(frozen=True)
class Skipped:
    """A stage that was not run, and why."""

    key: str
    title: str
    why: str


class StageScores:
    """Runs the stages; `ours` and `theirs` are the pictures' tensors here and on the camera."""

    def __init__(
        self,
        specimen: Specimen,
        twin: FloatTwin,
        ours: Sequence[Rgb],
        theirs: Sequence[Rgb],
    ) -> None:
        self.specimen, self.twin = specimen, twin
        self.ours, self.theirs = ours, theirs
        self.same_pixels = all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))

    @cached_property
    def twin_error(self) -> float:
        """Return the largest score difference of the float file and its twin, on three pictures."""
        few = self.theirs[:PROOF_PICTURES]
        exact = self.reference(few, lambda: None)
        return float(
            np.abs(exact - self.twin_scores(float_weights=EVERYTHING, most=len(few))).max()
        )

    @cached_property
    def exact_input(self) -> bool:
        """Say whether the stage of the input changes nothing, so that it need not be run."""
        spec = GraphRun(self.specimen.quantised).input
        values = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
        real = spec.dequantise(self.specimen.quantised_range.tensor(values, spec)).ravel()
        reference = self.specimen.reference_range
        wanted = (np.arange(256) - reference.mean) / reference.std
        return bool(np.array_equal(real, wanted)) and self.twin_error <= TWIN_SLACK

    def reference(self, tensors: Sequence[Rgb], tick: Tick) -> Floats:
        """Return the float model's scores, float32 [pictures, classes] in [0, 1]."""
        run = GraphRun(self.specimen.reference)
        classifier = self._classifier(run, self.specimen.reference_range)
        return _scores(classifier, tensors, tick)

    def file(self, kernels: Kernels, tick: Tick, most: int | None = None) -> Floats:
        """Return the quantised file's scores by some kernels, of the first pictures or all."""
        run = GraphRun(self.specimen.quantised, kernels)
        classifier = self._classifier(run, self.specimen.quantised_range)
        return _scores(classifier, self.theirs[:most], tick)

    def twin_scores(
        self,
        tick: Tick = lambda: None,
        *,
        float_weights: Container[int] = NOTHING,
        rounded: Container[int] = NOTHING,
        most: int | None = None,
    ) -> Floats:
        """Return a twin's scores, fed with what the quantised input's integers stand for."""
        run = GraphRun(self.twin.build(float_weights=float_weights, rounded=rounded).model)
        fed = _Fed(run, GraphRun(self.specimen.quantised).input)
        classifier = self._classifier(fed, self.specimen.quantised_range)
        return _scores(classifier, self.theirs[:most], tick)

    def camera(self, environment: PiEnvironment, tick: Tick) -> Floats:
        """Return the scores in the camera's environment, of the very same tensors."""
        specimen = self.specimen
        with tempfile.TemporaryDirectory(prefix="emberwatch-") as folder:
            model = Path(folder, "model.tflite")
            atomic.write_bytes(model, specimen.quantised)
            paths = [Path(folder, f"{number:05}.png") for number in range(len(self.theirs))]
            for path, tensor in zip(paths, self.theirs, strict=True):
                Image.fromarray(tensor).save(path, compress_level=1)
            predictions = environment.predict(
                model,
                paths,
                specimen.labels,
                specimen.preprocess.fit,
                progress=tick,
                pixel_range=specimen.quantised_range,
            )
        return predictions.scores

    def _classifier(self, run: Any, pixel_range: PixelRange) -> Classifier:
        return Classifier(run, self.specimen.labels, self.specimen.preprocess, pixel_range)


class _Fed:
    """A twin that takes the quantised model's own input: its integers, as what they stand for."""

    def __init__(self, run: GraphRun, given: TensorSpec) -> None:
        self._run = run
        self.input, self.outputs = given, run.outputs
        self.runtime_version = run.runtime_version

    def invoke(self, tensor: Array) -> Sequence[Array]:
        """Run the twin on an input tensor of the quantised model."""
        return self._run.invoke(self.input.dequantise(tensor).astype(self._run.input.dtype))


def _scores(classifier: Classifier, tensors: Sequence[Rgb], tick: Tick) -> Floats:
    found = []
    for tensor in tensors:
        found.append(classifier.classify_tensor(tensor).scores)
        tick()
    return np.stack(found)


def run_stages(
    scores: StageScores, environment: PiEnvironment | None, progress: Progress
) -> tuple[dict[str, Floats], list[Skipped]]:
    """Run each stage on all pictures; return the scores by the stage's key, in order.

    Raises:
        ModelRefused: LiteRT does not take the file. A camera's runtime that refuses it is a
            stage skipped.
    """
    twin, total = scores.twin, len(scores.ours)
    middle = {one.tensor for one in twin.activations if not one.tail} | set(twin.graph.inputs)
    runs: list[tuple[StageKind, Callable[[Tick], Floats]]] = [
        (FLOAT, lambda tick: scores.reference(scores.ours, tick)),
        (PIXELS, lambda tick: scores.reference(scores.theirs, tick)),
        (INPUT, lambda tick: scores.twin_scores(tick, float_weights=EVERYTHING)),
        (WEIGHTS, scores.twin_scores),
        (ACTIVATIONS, lambda tick: scores.twin_scores(tick, rounded=middle)),
        (OUTPUT, lambda tick: scores.twin_scores(tick, rounded=EVERYTHING)),
        (KERNELS, lambda tick: scores.file("optimised", tick)),
        (XNNPACK, lambda tick: scores.file("xnnpack", tick)),
    ]
    found: dict[str, Floats] = {}
    skipped: list[Skipped] = []
    for kind, run in runs:
        if (kind is PIXELS and scores.same_pixels) or (kind is INPUT and scores.exact_input):
            found[kind.key] = next(reversed(found.values()))  # nothing changes: no need to run
            continue
        with progress.step(kind.title, total) as tick:
            found[kind.key] = run(tick)
    if environment is None:
        skipped.append(Skipped(CAMERA.key, CAMERA.title, "there is no such environment here"))
        return found, skipped
    try:
        with progress.step(f"{CAMERA.title}, {environment.runtime}", total) as tick:
            found[CAMERA.key] = scores.camera(environment, tick)
    except ModelRefused as error:
        skipped.append(Skipped(CAMERA.key, CAMERA.title, error.line()))
    return found, skipped


def measure_stages(found: dict[str, Floats], truth: Sequence[int]) -> tuple[Stage, ...]:
    """Return what each stage's scores are worth, in order; the first is the float model."""
    kinds = [kind for kind in KINDS if kind.key in found]
    exact = found[kinds[0].key]
    apart = {kind.key: np.square(found[kind.key] - exact).mean(axis=1) for kind in kinds}
    rises = [
        0.0,
        *(_rise(kind.key, apart[before.key], apart[kind.key]) for before, kind in pairwise(kinds)),
    ]
    shares = [rise / (sum(rises) or 1.0) for rise in rises]
    stages = []
    for at, (kind, share) in enumerate(zip(kinds, shares, strict=True)):
        ours, before = found[kind.key], found[kinds[max(0, at - 1)].key]
        quantum = SCORE_STEP if kind.key in ROUNDED else 0.0
        right = ours.argmax(axis=1) == np.asarray(truth)
        stages.append(
            Stage(
                key=kind.key,
                title=kind.title,
                adds=kind.adds,
                accuracy=Proportion.of_counts(int(right.sum()), len(truth)),
                agreement=agreement(ours.argmax(axis=1), exact.argmax(axis=1)),
                mean_difference=round(float(np.abs(ours - exact).mean()), 7),
                kl_nats=round(float(divergence(exact, ours, quantum).mean()), 7),
                loss=_difference(exact, ours, truth),
                step_difference=round(float(np.abs(ours - before).mean()), 7),
                step=_difference(before, ours, truth),
                share=round(share, 4),
            )
        )
    return tuple(stages)


def _rise(key: str, before: Floats, after: Floats) -> float:
    """Return by how much a stage raises the squared differences; 0 where it does not.

    Kernels should compute what the file says: theirs must be more than chance makes of
    rounding otherwise, two standard errors over the pictures.
    """
    raised = after - before
    mean = float(raised.mean())
    if key in COMPUTING and mean < 2 * float(raised.std()) / np.sqrt(len(raised)):
        return 0.0
    return max(0.0, mean)


def _difference(before: Floats, after: Floats, truth: Sequence[int]) -> Difference:
    classes = np.asarray(truth)
    first, second = before.argmax(axis=1) == classes, after.argmax(axis=1) == classes
    lost, gained = int((first & ~second).sum()), int((second & ~first).sum())
    return Difference.of_counts(lost, gained, len(classes))
