"""What helps in scenes never seen: each idea of training, scene by scene, with intervals.

    python -m tests.benchmarks.ideas PICTURES GROUPS.tsv WEIGHTS [BOTTLENECK_DIR]

Every scene (a group whose name begins with --scenes, `cctv` by default) is left out in turn and
everything else trains. The gain is over the first row, with a 95% interval by drawing scenes
anew with replacement 10,000 times, since frames of one scene err together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from converter.quiet_tensorflow import load_tensorflow
from converter.statistics import Proportion
from edge.contract.preprocess import Preprocess
from training import bottlenecks
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted
from training.cli import default_bottleneck_dir
from training.collected import Collected, collect
from training.examples import Floats, Ints
from training.features import TensorflowFeatures
from training.head import HeadOptions, cross_entropy, softmax
from training.leave_one_out import leave_one_out
from training.material import Material, make_material
from training.mixed_view import mixed_views
from training.narrator import Narrator
from training.options import RetrainOptions
from training.temperature import fit_temperature
from training.view import WHOLE, View
from training.views import Weather, training_views
from training.weights import choose_backbone

OPTIONS = HeadOptions(steps=2400, eval_interval=2400)
DRAWS = 10_000
NORMAL = "misc"
# A view's weight in pictures where nothing is wrong, and in hazards.
Weights = dict[str, tuple[float, float]]
CROPS: Weights = {f"crop-1-{n}": (1, 1) for n in range(4)}
MIXES = "mix-"


def patches(normal: float, hazard: float) -> Weights:
    """Return the weights of the three patches."""
    return {f"patch-1-{n}": (normal, hazard) for n in range(3)}


@dataclass(frozen=True)
class Idea:
    """A way to train: which views, which layers, which head."""

    name: str
    views: Weights
    layers: str = "mixed8+mixed6"
    options: HeadOptions = OPTIONS
    scenes_alike: bool = True


BEST = CROPS | patches(1, 0.25)
WEATHERS: Weights = {f"weather-1-{n}": (0.25, 0.25) for n in range(2)}
IDEAS = (
    Idea("mixed8, whole pictures", {}, "mixed8"),
    Idea("+ 4 crops", CROPS, "mixed8"),
    Idea("+ 4 crops, 3 patches of normal pictures", CROPS | patches(1, 0), "mixed8"),
    Idea("+ 4 crops, 3 patches of all, half weight", CROPS | patches(0.5, 0.5), "mixed8"),
    Idea("+ 4 crops, 3 patches, hazards' a quarter", BEST, "mixed8"),
    Idea("mixed6, whole pictures", {}, "mixed6"),
    Idea("mixed6, crops and patches", BEST, "mixed6"),
    Idea("mixed8+mixed6, whole pictures", {}),
    Idea("mixed8+mixed6, 4 crops", CROPS),
    Idea("mixed8+mixed6, crops and patches (the default)", BEST),
    Idea("  patches of all, half weight", CROPS | patches(0.5, 0.5)),
    Idea("  patches, 2 normal and 0.1 hazard", CROPS | patches(2, 0.1)),
    Idea("  one classifier for both layers", BEST, "together"),
    Idea("  hidden layer of 64", BEST, options=replace(OPTIONS, hidden=64)),
    Idea("  label smoothing 0.1", BEST, options=replace(OPTIONS, label_smoothing=0.1)),
    Idea("  natural sampling", BEST, options=replace(OPTIONS, sampling="natural")),
    Idea("  every frame of a scene alike", BEST, scenes_alike=False),
    Idea("  weight decay times 10", BEST, options=replace(OPTIONS, weight_decay=1e-2)),
    Idea("  2 weather views", BEST | WEATHERS),
    Idea("  2 mixtures with other normal pictures", BEST | {MIXES: (0.0, 0.5)}),
    Idea("  another seed", BEST, options=replace(OPTIONS, seed=1)),
)


@dataclass(frozen=True)
class Seen:
    """All pictures with the features of all views: name of the view to [pictures, channels]."""

    collected: Collected
    taps: tuple[int, ...]
    classes: Ints
    features: dict[str, Floats]

    def material(self, idea: Idea) -> Material:
        """Return what an idea trains on."""
        rows = self.collected.rows
        groups = self.collected.checked.fold_groups
        families = [groups.get(row.file, row.group) for row in rows]
        if not idea.scenes_alike:
            families = [row.sha256 for row in rows]
        normal = self.classes == self.collected.found.labels.index(NORMAL)
        seen = []
        for name, features in self.features.items():
            weights = next((w for view, w in idea.views.items() if name.startswith(view)), (0, 0))
            each = np.where(normal, *weights)
            which = np.flatnonzero(each > 0)
            if name and len(which):
                seen.append((which, self._layers(features, idea)[which], each[which]))
        whole = self._layers(self.features[""], idea)
        taps = self.taps if idea.layers == "mixed8+mixed6" else ()
        return make_material(rows, families, self.classes, whole, seen, taps)

    def _layers(self, features: Floats, idea: Idea) -> Floats:
        first = self.taps[0]
        chosen = {"mixed8": slice(0, first), "mixed6": slice(first, None)}
        return features[:, chosen.get(idea.layers, slice(None))]


def see(options: RetrainOptions, narrator: Narrator) -> Seen:
    """Compute the features of every view that an idea may want."""
    collected = collect(options, narrator)
    backbone = choose_backbone(options.weights, None)
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    source = TensorflowFeatures(backbone, options.precision)
    rows, root = collected.rows, collected.found.root
    frames = [
        (row.sha256, root / row.file)
        for row in rows
        if row.label == NORMAL and not row.group.startswith("cctv")
    ]
    views: list[View] = [WHOLE, *training_views(4, 3), Weather(0), Weather(1)]
    views += mixed_views(2, frames)
    wanted = [Wanted(row.sha256, root / row.file, view) for row in rows for view in views]
    with BottleneckCache(options.bottleneck_dir, preprocess.digest, source.digest) as cache:
        with narrator.bar("Bottlenecks") as progress:
            bottlenecks.compute(wanted, source, preprocess, cache, progress)
        keys = [[Wanted(row.sha256, root, view).key for row in rows] for view in views]
        features = {view.key: cache.features(of) for view, of in zip(views, keys, strict=True)}
    classes = np.array([collected.found.labels.index(row.label) for row in rows], np.int64)
    return Seen(collected, backbone.taps, classes, features)


def answers(seen: Seen, idea: Idea, narrator: Narrator) -> Floats:
    """Return the logits of each picture by a head that was trained without its group."""
    labels = seen.collected.found.labels
    material = seen.material(idea)
    return leave_one_out(material, len(labels), idea.options, idea.options.steps, narrator).logits


def gain(right: Floats, before: Floats, groups: Sequence[str]) -> tuple[float, float, float]:
    """Return how much the share right grew, with the 2.5% and 97.5% points over scenes."""
    names = sorted(set(groups))
    member = np.array([[group == name for group in groups] for name in names])
    sizes = member.sum(axis=1)
    more = member @ (right.astype(float) - before.astype(float))
    draws = np.random.default_rng(0).integers(0, len(names), (DRAWS, len(names)))
    spread = more[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.quantile(spread, [0.025, 0.975])
    return float(more.sum() / sizes.sum()), float(low), float(high)


@click.command()
@click.argument("pictures", type=click.Path(path_type=Path))
@click.argument("groups", type=click.Path(path_type=Path))
@click.argument("weights")
@click.argument("bottleneck_dir", type=click.Path(path_type=Path), required=False)
@click.option("--scenes", default="cctv", show_default=True)
def main(
    pictures: Path, groups: Path, weights: str, bottleneck_dir: Path | None, scenes: str
) -> None:
    """Print the table."""
    load_tensorflow()
    folder = bottleneck_dir or default_bottleneck_dir()
    options = RetrainOptions(
        dataset=pictures, out=folder, bottleneck_dir=folder, groups=groups, weights=weights
    )
    narrator = Narrator()
    seen = see(options, narrator)
    rows = seen.collected.rows
    judged = np.array([row.group.startswith(scenes) for row in rows])
    named = [row.group for row, kept in zip(rows, judged, strict=True) if kept]
    classes = seen.classes[judged]
    lines, first = [], None
    for idea in IDEAS:
        logits = answers(seen, idea, narrator)
        others = (logits.argmax(axis=1) == seen.classes)[~judged].mean()
        logits = logits[judged]
        right = logits.argmax(axis=1) == classes
        first = right if first is None else first
        share = Proportion.of_counts(int(right.sum()), len(right))
        temperature = fit_temperature(logits, classes)
        loss = cross_entropy(logits / np.float32(temperature), classes)
        mean, low, high = gain(right, first, named)
        hazard = 1 - softmax(logits)[:, seen.collected.found.labels.index(NORMAL)]
        found = ((hazard > 0.5) == (classes != seen.collected.found.labels.index(NORMAL))).mean()
        lines.append(
            f"| {idea.name} | {share.percent()} | {100 * mean:+.1f} ({100 * low:+.1f} to "
            f"{100 * high:+.1f}) | {loss:.3f} | {100 * found:.1f}% | {100 * others:.1f}% |"
        )
    print(f"\n{len(named)} frames of {len(set(named))} scenes")
    print("| idea | scenes left out | gain, points | cross entropy | hazard or not | other group |")
    print("|---|---|---|---|---|---|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
