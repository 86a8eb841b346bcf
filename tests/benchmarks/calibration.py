"""Which calibration pictures, how many, and where ranges end: the drift of int8 scores by each.

python -m tests.benchmarks.calibration RUN      (some minutes; RUN is a finished training run)

Judged on the validation part and on training pictures that calibrate nothing; the test part is
never read.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from converter.activations import Activations
from converter.calibration import CalibrationSet, read_row
from converter.integer_model import integer_model, ranges_of
from converter.keras_model import KerasModel
from converter.recipes import RECIPES, Recipe
from converter.trained_model import SplitRow, TrainedModel
from edge.contract.picture import Rgb
from edge.inference.interpreter import Interpreter

SIZES = (30, 100, 300)
SEEDS = (0, 1)
CORES = 2
JUDGED_TRAINING = 300
INT8 = RECIPES["int8"]
RULES = {
    "extremes": replace(INT8, least_error=False, bias_correction=False),
    "99.99 percent": replace(INT8, percentile=99.99, bias_correction=False),
    "99.9 percent": replace(INT8, percentile=99.9, bias_correction=False),
    "least error": replace(INT8, bias_correction=False),
    "extremes, biases corrected": replace(INT8, least_error=False),
    "least error, biases corrected": INT8,
}
Rows = list[SplitRow]
Floats = np.ndarray


@dataclass(frozen=True)
class Judged:
    """The pictures by which a model is judged, with the float model's scores of them."""

    tensors: Floats
    scores: Floats
    parts: Floats


class Trials:
    """Quantises one run again and again."""

    def __init__(self, trained: TrainedModel) -> None:
        self.trained = trained
        self.keras_model = KerasModel(trained)
        self.float_file = self.keras_model.to_float_file("convolution")
        rows = trained.pictures("training")
        kept = set(np.random.default_rng(99).permutation(len(rows))[:JUDGED_TRAINING].tolist())
        self.usable = [row for at, row in enumerate(rows) if at not in kept]
        self.judged = self._judge([rows[at] for at in sorted(kept)])

    def _judge(self, training: Rows) -> Judged:
        rows = self.trained.pictures("validation") + training
        tensors = np.stack([self.tensor(row) for row in rows])
        parts = np.array([row.part for row in rows])
        return Judged(tensors, self.keras_model.scores(iter(tensors)), parts)

    def tensor(self, row: SplitRow) -> Rgb:
        """Return a picture's input tensor."""
        return self.trained.preprocess.apply(read_row(self.trained, row))

    def activations(self, rows: Rows, seed: int) -> Activations:
        """Run calibration pictures through the float model."""
        drawn = CalibrationSet(self.trained, tuple(rows), seed)
        return Activations(self.float_file, keep_values=True).add(drawn.tensors())

    def drift(self, recipe: Recipe, activations: Activations) -> tuple[float, float, float]:
        """Return the mean score drift on validation and on training, and the agreement."""
        ranges = ranges_of(recipe, activations)
        model = integer_model(self.float_file, recipe, ranges, activations.means)
        scores = run(model, self.judged.tensors)
        off = np.abs(scores - self.judged.scores).mean(axis=1)
        alike = (scores.argmax(1) == self.judged.scores.argmax(1)).mean()
        held = self.judged.parts == "validation"
        return float(off[held].mean()), float(off[~held].mean()), float(alike)


def run(model: bytes, tensors: Floats) -> Floats:
    """Return a quantised model's scores, float32 [pictures, classes], by LiteRT on two cores."""

    # Made one after the other: each holds back what its runtime prints while it loads.
    interpreters = [Interpreter(model) for _ in range(CORES)]

    def part(interpreter: Interpreter, places: Floats) -> Floats:
        (at,) = (i for i, spec in enumerate(interpreter.outputs) if len(spec.shape) == 2)
        spec = interpreter.outputs[at]
        raw = [interpreter.invoke(tensors[place][np.newaxis])[at][0] for place in places]
        return (np.stack(raw).astype(np.float32) - spec.zero_point) * spec.scale

    with ThreadPoolExecutor(CORES) as threads:
        halves = threads.map(part, interpreters, np.array_split(np.arange(len(tensors)), CORES))
        return np.concatenate(list(halves))


def by_groups(trials: Trials, count: int, seed: int) -> Rows:
    """Draw in turn from the classes and their groups, as `emberwatch convert` does."""
    usable = {row.sha256 for row in trials.usable}
    rows = CalibrationSet.draw(trials.trained, 10**6, seed).rows
    return [row for row in rows if row.sha256 in usable][:count]


def at_random(trials: Trials, count: int, seed: int) -> Rows:
    """Draw whatever comes."""
    order = np.random.default_rng(seed).permutation(len(trials.usable))
    return [trials.usable[at] for at in order[:count]]


def by_kmeans(features: Floats) -> Callable[[Trials, int, int], Rows]:
    """Take the picture nearest to the middle of each cluster of bottlenecks."""

    def pick(trials: Trials, count: int, seed: int) -> Rows:
        from sklearn.cluster import KMeans

        found = KMeans(count, n_init=1, random_state=seed).fit(features)
        off = found.transform(features)
        chosen = dict.fromkeys(int(off[:, cluster].argmin()) for cluster in range(count))
        return [trials.usable[at] for at in chosen]

    return pick


def bottlenecks(trials: Trials) -> Floats:
    """Return the bottlenecks of the pictures that may calibrate, float32 [pictures, channels]."""
    backbone = trials.keras_model.bottleneck_model()

    def batches() -> Iterator[Floats]:
        for start in range(0, len(trials.usable), 16):
            rows = trials.usable[start : start + 16]
            yield np.stack([trials.tensor(row) for row in rows]).astype(np.float32)

    return np.concatenate([np.asarray(backbone(b)).mean(axis=(1, 2)) for b in batches()])


def main() -> None:
    """Print both tables, each row as soon as it is known."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    trials = Trials(TrainedModel.read(Path(sys.argv[1])))
    show_rules(trials)
    pickings = {
        "classes and groups in turn": by_groups,
        "at random": at_random,
        "k-means over bottlenecks": by_kmeans(bottlenecks(trials)),
    }
    print(HEADING.format("picked", "pictures"))
    for name, pick in pickings.items():
        for count in SIZES:
            seen = [
                trials.drift(INT8, trials.activations(pick(trials, count, seed), seed))
                for seed in SEEDS
            ]
            print(f"| {name} | {count} | {_cells(seen)} |", flush=True)


HEADING = """
| {} | {} | drift, validation | drift, training | as float |
|---|---|---|---|---|"""


def show_rules(trials: Trials) -> None:
    """Print the drift by where ranges end, with 100 pictures, the mean of some seeds."""
    noted = [trials.activations(by_groups(trials, 100, seed), seed) for seed in SEEDS]
    print(HEADING.format("ranges", "pictures"))
    for name, recipe in RULES.items():
        seen = [trials.drift(recipe, one) for one in noted]
        print(f"| {name} | 100 | {_cells(seen)} |", flush=True)


def _cells(seen: list[tuple[float, float, float]]) -> str:
    held, trained, alike = np.array(seen).T
    drifts = [f"{part.mean():.4f} ({part.min():.4f}, {part.max():.4f})" for part in (held, trained)]
    return " | ".join([*drifts, f"{100 * alike.mean():.1f}%"])


if __name__ == "__main__":
    main()
