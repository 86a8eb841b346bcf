"""How near the scores of all cells of the class map are to the model's own.

python -m tests.benchmarks.zone_scores BUNDLE [COUNT]

A zone takes the place of the model's own score by that of the cells that are left. Where it
takes nothing away, the two differ by what 8 bits round.
"""

import sys
from pathlib import Path

import numpy as np

from edge.alarm.areas import area_scores
from edge.contract.bundle import ModelBundle
from edge.contract.picture import read_picture
from edge.inference.classifier import Classifier
from edge.inference.prediction import Frame
from tests.benchmarks import material


def main(arguments: list[str]) -> None:
    """Score some real pictures, spread over the classes, both ways."""
    classifier = Classifier.from_bundle(ModelBundle.read(Path(arguments[0])), threads=2)
    paths = sorted((material.data_folder() / "fire").glob("*/*.jpg"))
    count = int(arguments[1]) if len(arguments) > 1 else 120
    labels = classifier.labels
    hazard_at = [labels.index("fire"), labels.index("smoke")]
    apart, flips = [], 0
    for path in paths[:: max(1, len(paths) // count)]:
        prediction = classifier.classify(Frame(read_picture(path), 0.0, 0))
        assert prediction.class_map is not None
        whole = np.ones(prediction.class_map.shape[:2], np.float32)
        cells = float(area_scores(prediction.class_map, whole)[hazard_at].sum())
        own = float(prediction.scores[hazard_at].sum())
        apart.append(abs(cells - own))
        flips += (cells >= 0.6) != (own >= 0.6)
    print(
        f"{len(apart)} pictures: the hazard differs by {np.mean(apart):.4f} on average, "
        f"{np.quantile(apart, 0.95):.4f} at the 95th percentile, {max(apart):.4f} at most; "
        f"{flips} on the other side of 0.6"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
