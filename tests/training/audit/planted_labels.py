"""Change labels on purpose and see which the audit finds.

    python -m tests.training.audit.planted_labels DATASET --groups FILE --weights FILE

Prints, for each share of changed labels, how many were found and how many were accused.
"""

import argparse
from pathlib import Path

import numpy as np

from converter.quiet_tensorflow import load_tensorflow
from edge.contract.preprocess import Preprocess
from training import bottlenecks, dataset, weights
from training.audit import step, suspect
from training.bottleneck_cache import BottleneckCache
from training.cli import default_bottleneck_dir
from training.features import TensorflowFeatures
from training.narrator import Narrator

REPEATS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--groups", type=Path)
    parser.add_argument("--weights")
    parser.add_argument("--bottleneck-dir", type=Path, default=default_bottleneck_dir())
    given = parser.parse_args()
    named = dataset.read_groups(given.groups) if given.groups else None
    found = dataset.scan(given.dataset, named)
    checked = step.check(found, given.bottleneck_dir, Narrator())
    features = _features(found, given)
    classes = np.array([found.labels.index(s.label) for s in found.samples])
    groups = [checked.fold_groups[s.file] for s in found.samples]
    files = [s.file for s in found.samples]
    labels = tuple(found.labels)
    honest = {one.file for one in suspect.find(features, classes, groups, labels, files).suspects}
    print(f"no label changed: {len(honest)} accused of {len(files)}")
    rng = np.random.default_rng(0)
    for share in (0.01, 0.03, 0.1):
        planted = hit = accused = 0
        for _ in range(REPEATS):
            count = round(share * len(files))
            wrong = rng.choice(len(files), count, replace=False)
            changed = classes.copy()
            changed[wrong] += rng.integers(1, len(labels), count)
            changed %= len(labels)
            suspicion = suspect.find(features, changed, groups, labels, files)
            names = {one.file for one in suspicion.suspects}
            planted += count
            hit += len(names & {files[i] for i in wrong})
            accused += len(names)
        print(
            f"{share:.0%} changed: {hit} of {planted} found ({hit / planted:.0%}), "
            f"{accused} accused, {hit / max(1, accused):.0%} of them changed"
        )


def _features(found: dataset.Dataset, given: argparse.Namespace) -> np.ndarray:
    load_tensorflow()
    backbone = weights.choose_backbone(given.weights, None)
    preprocess = Preprocess(backbone.input_size, backbone.input_size, "squash")
    source = TensorflowFeatures(backbone, "auto")
    wanted = [bottlenecks.Wanted(s.sha256, found.path_of(s)) for s in found.samples]
    with BottleneckCache(given.bottleneck_dir, preprocess.digest, source.digest) as cache:
        bottlenecks.compute(wanted, source, preprocess, cache, lambda _done, _of: None)
        return cache.features([one.sha256 for one in wanted])


if __name__ == "__main__":
    main()
