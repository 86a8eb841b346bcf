"""Fine-tuning beside the linear head on the same folds, scene by scene.

python -m tests.benchmarks.fine_tuning DATASET GROUPS WEIGHTS WORK RATE SCENE...
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from converter.quiet_tensorflow import load_tensorflow
from converter.statistics import Proportion
from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from training import dataset, distortion, feature_maps, tuning
from training.backbone import Backbone
from training.bottlenecks import Wanted
from training.examples import Examples, Ints
from training.feature_maps import FeatureMaps
from training.fine_tune import copy_in_parts
from training.head import HeadOptions, class_indexes
from training.head_training import train_head
from training.narrator import Narrator
from training.tune_state import TuneOptions
from training.view import WHOLE, View, generator
from training.weights import choose_backbone

OPTIONS = TuneOptions(blocks=1, epochs=2)
# Views of each picture beside the whole.
AUGMENTED = 1


@dataclass(frozen=True)
class Cropped:
    """A crop of 50 to 100% of the picture, perhaps mirrored, in another light."""

    number: int

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        return f"study-crop-1:{self.number}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return the network's input."""
        rng = generator(sha256, self.key)
        height, width = picture.shape[:2]
        side = np.sqrt(rng.uniform(0.5, 1))
        tall, wide = max(1, int(height * side)), max(1, int(width * side))
        top, left = rng.integers(0, height - tall + 1), rng.integers(0, width - wide + 1)
        part = preprocess.apply(picture[top : top + tall, left : left + wide])
        if rng.random() < 0.5:
            part = np.ascontiguousarray(part[:, ::-1])
        part = distortion.brightness(part, rng.uniform(-1, 1))
        part = distortion.saturation(part, rng.uniform(-0.6, 0.3))
        return distortion.contrast(part, rng.uniform(-0.3, 0.3))


@dataclass(frozen=True)
class Study:
    """The pictures, each in VIEWS ways, with their maps at the frozen boundary."""

    found: dataset.Dataset
    backbone: Backbone
    maps: FeatureMaps
    classes: Ints
    work: Path

    def rows(self, part: Sequence[str], whole: bool) -> Ints:
        """Return the rows of pictures by their hashes, in all views or as a whole only."""
        wanted = set(part)
        ways = 1 + AUGMENTED
        at = [i for i, s in enumerate(self.found.samples) if s.sha256 in wanted]
        return np.array([i * ways + k for i in at for k in range(1 if whole else ways)])


@dataclass(frozen=True)
class Fold:
    """One scene's pictures: right answers by each way, seconds of tuning."""

    scene: str
    of: int
    linear: int
    tuned: int
    seconds: float


def prepare(root: Path, groups: Path, weights: Path, work: Path, narrator: Narrator) -> Study:
    """Compute the maps of all pictures, once for all folds."""
    found = dataset.scan(root, dataset.read_groups(groups), lambda _done, _of: None)
    backbone = choose_backbone(str(weights), None)
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    views: list[View] = [WHOLE, *(Cropped(i) for i in range(AUGMENTED))]
    wanted = [Wanted(s.sha256, found.path_of(s), v) for s in found.samples for v in views]
    labels = class_indexes([s.label for s in found.samples], found.labels.names)
    parts, _ = copy_in_parts(backbone, OPTIONS.blocks)
    path = feature_maps.maps_file(work, wanted, f"{backbone.digest}-{parts.boundary}")
    network = feature_maps.map_network(parts.frozen, "auto")
    shape = parts.frozen.output_shape[1:]
    work.mkdir(parents=True, exist_ok=True)
    with narrator.bar("Feature maps") as progress:
        maps = feature_maps.store(path, wanted, network, shape, preprocess, progress)
    return Study(found, backbone, maps, np.repeat(labels, len(views)), work)


def compare(study: Study, scene: str, options: TuneOptions, narrator: Narrator) -> Fold:
    """Leave a scene out, train the linear head on the rest, and tune on from it.

    Nothing validates: the last epoch is kept, so that the figure is fine-tuning's own.
    """
    samples = study.found.samples
    training = study.rows([s.sha256 for s in samples if s.group != scene], whole=False)
    test = study.rows([s.sha256 for s in samples if s.group == scene], whole=True)
    nothing = np.zeros(0, dtype=np.int64)
    tail = copy_in_parts(study.backbone, OPTIONS.blocks)[0].tail
    classes = study.classes
    features = tuning.pooled(tail, study.maps, training)
    examples = Examples.of(features, classes[training])
    head = train_head(examples, len(study.found.labels), HeadOptions())
    before = head.predict(tuning.pooled(tail, study.maps, test))
    checkpoint = study.work / f"study-{options.learning_rate:g}-{scene.replace(':', '-')}.npz"
    started = perf_counter()
    tuned = tuning.tune(
        *(
            tail,
            head,
            lambda: study.maps,
            classes,
            np.ones(len(classes)),
            (training, nothing),
            options,
        ),
        *(checkpoint, narrator),
    )
    seconds = perf_counter() - started
    after = tuned.head.predict(tuning.pooled(tail, study.maps, test))
    right = [int((answers == classes[test]).sum()) for answers in (before, after)]
    return Fold(scene, len(test), *right, seconds)


def table(folds: Sequence[Fold]) -> str:
    """Return the folds and their sum as a Markdown table."""
    lines = [
        "| scene left out | pictures | linear head | fine-tuned | seconds |",
        "|---|---|---|---|---|",
    ]
    for f in folds:
        shares = f"{f.linear / f.of:.1%} | {f.tuned / f.of:.1%}"
        lines.append(f"| {f.scene} | {f.of} | {shares} | {f.seconds:.0f} |")
    of = sum(f.of for f in folds)
    pooled = [
        Proportion.of_counts(sum(f.linear for f in folds), of),
        Proportion.of_counts(sum(f.tuned for f in folds), of),
    ]
    cells = " | ".join(f"{share.percent()} ({share.percent_interval()})" for share in pooled)
    return "\n".join([*lines, f"| all | {of} | {cells} | |"])


def main(arguments: Sequence[str]) -> None:
    """Run the comparison and print its table."""
    load_tensorflow()
    narrator = Narrator()
    root, groups, weights, work = map(Path, arguments[:4])
    study = prepare(root, groups, weights, work, narrator)
    folds = []
    options = replace(OPTIONS, learning_rate=float(arguments[4]))
    for scene in arguments[5:]:
        folds.append(compare(study, scene, options, narrator))
        narrator.say(str(folds[-1]))
    narrator.say(table(folds))


if __name__ == "__main__":
    main(sys.argv[1:])
