"""What features in 8 bits cost and gain on the real pictures: accuracy, likeness, pools.

python -m tests.benchmarks.int8        (some minutes; needs EMBERWATCH_DATA)
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.model_selection import GroupKFold

from converter.quiet_tensorflow import load_tensorflow
from converter.statistics import Proportion
from edge.contract.picture import read_picture
from edge.contract.preprocess import Preprocess
from edge.inference.interpreter import Interpreter
from tests.benchmarks.bottlenecks import int8_source
from tests.benchmarks.material import Material, data_folder, make
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted, compute
from training.dataset import read_groups, scan
from training.examples import Examples, Floats, Ints
from training.features import FeatureSource, TensorflowFeatures
from training.head import HeadOptions
from training.head_training import train_head
from training.int8_backbone import to_int8
from training.weights import choose_backbone

FOLDS = 5
TIMED = 64
HEAD = HeadOptions(steps=1000)


def main() -> None:
    """Print a table of feature kinds, then the pools' gain."""
    if not (data_folder() / "fire").is_dir():
        raise SystemExit("there are no real pictures: set EMBERWATCH_DATA")
    load_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        show(make(Path(folder)))


def show(material: Material) -> None:
    """Compute each kind of features of all pictures and compare them."""
    backbone = choose_backbone(str(material.weights), None)
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    samples = scan(material.pictures, read_groups(material.groups)).samples
    int8 = int8_source(material, backbone, preprocess, [])
    # Calibration pictures train in every fold, but are tested in none.
    calibrated = {row.sha256 for row in int8.int8.calibration.rows}
    sources = {
        "float32": TensorflowFeatures(backbone, "float32"),
        "bf16": TensorflowFeatures(backbone, "bf16"),
        "int8": int8,
    }
    wanted = [Wanted(s.sha256, material.pictures / s.file) for s in samples]
    features = {name: gather(wanted, s, preprocess, material) for name, s in sources.items()}
    labels = sorted({s.label for s in samples})
    classes = np.array([labels.index(s.label) for s in samples])
    scenes = [s.group or s.file for s in samples]
    tested = np.array([s.sha256 not in calibrated for s in samples])
    table = Table(box=None, pad_edge=False)
    for column in ("features", "cosine, mean", "least", "accuracy, scenes apart", "95% interval"):
        table.add_column(column)
    for name, rows in features.items():
        cosine = likeness(features["float32"], rows)
        right = folds(rows, classes, scenes)[tested]
        share = Proportion.of_counts(int(right.sum()), len(right))
        ends = (share.percent(), share.percent_interval())
        table.add_row(name, f"{cosine.mean():.4f}", f"{cosine.min():.4f}", *ends)
    console = Console(width=120)
    console.print(table)
    console.print(pool_gain(material, int8, [w.path for w in wanted[:: len(wanted) // TIMED]]))


def gather(
    wanted: Sequence[Wanted], source: FeatureSource, preprocess: Preprocess, material: Material
) -> Floats:
    """Return the features of all pictures."""
    with BottleneckCache(material.folder, preprocess.digest, source.digest) as cache:
        compute(wanted, source, preprocess, cache, lambda *_: None)
        return cache.features([one.key for one in wanted])


def likeness(exact: Floats, other: Floats) -> Floats:
    """Return the cosine of each picture's two feature vectors."""
    return (exact * other).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(other, axis=1)


def folds(features: Floats, classes: Ints, scenes: Sequence[str]) -> np.ndarray:
    """Say of each picture whether a head trained without its fold of scenes is right."""
    right = np.zeros(len(classes), bool)
    for train, test in GroupKFold(FOLDS).split(features, classes, scenes):
        examples = Examples.of(features[train], classes[train])
        head = train_head(examples, int(classes.max()) + 1, HEAD)
        right[test] = head.predict(features[test]) == classes[test]
    return right


def pool_gain(material: Material, source: FeatureSource, paths: Sequence[Path]) -> str:
    """Time the same backbone with average pools and with convolutions, on one core."""
    backbone, calibration = source.int8.backbone, source.int8.calibration
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    pixels = [preprocess.apply(read_picture(path))[np.newaxis] for path in paths]
    models = {
        "average pools": Interpreter(to_int8(backbone, calibration, rewrite_pools=False)),
        "convolutions": Interpreter(source.int8.model(print)),
    }
    taken: dict[str, list[float]] = {name: [] for name in models}
    for tensor in [pixels[0], *pixels]:
        for name, interpreter in models.items():
            started = process_time()
            interpreter.invoke(tensor)
            taken[name].append((process_time() - started) * 1e3)
    medians = ", ".join(f"{name} {np.median(t[1:]):.1f} ms" for name, t in taken.items())
    return f"int8 backbone, processor time a picture, one thread: {medians}"


if __name__ == "__main__":
    main()
