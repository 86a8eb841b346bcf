"""What it gains to train the head on the quantised backbone's features, in grouped folds.

python -m tests.benchmarks.int8_heads [CACHE]      (ten minutes; needs EMBERWATCH_DATA)

Each picture is answered by heads that saw no picture of its scene. A float head is asked twice:
with float features, as it was trained, and with those of the 8-bit backbone, as a camera asks
it. A head trained on 8-bit features is asked in the same two ways.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from converter.quiet_tensorflow import load_tensorflow
from converter.statistics import Proportion, agreement, calibration_error, confidence_bins
from tests.benchmarks.material import data_folder, make
from training.collected import collect
from training.cross_validation import held_out_logits
from training.feature_source import calibrated_with
from training.featured import Featured, feature
from training.folds import grouped_folds, left_out_of
from training.head_training import train_heads
from training.narrator import Narrator
from training.options import RetrainOptions
from training.temperature import fit_temperature
from training.weights import choose_backbone

# About where early stopping on held-out scenes stops.
STEPS = 1000
Floats = np.ndarray


def main() -> None:
    """Print the table."""
    if not (data_folder() / "fire").is_dir():
        raise SystemExit("there are no real pictures: set EMBERWATCH_DATA")
    load_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        material = make(Path(folder))
        cache = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "cache"
        options = RetrainOptions(
            material.pictures,
            Path(folder) / "run",
            cache,
            groups=material.groups,
            weights=str(material.weights),
            precision="float32",
            # Views of every picture, since each is trained on in some fold.
            leave_one_group_out=True,
        )
        show(options)


def show(options: RetrainOptions) -> None:
    """Compute both kinds of features, train heads on each, ask them with each."""
    narrator = Narrator()
    collected = collect(options, narrator)
    backbone = choose_backbone(str(options.weights), None)
    kinds: dict[str, Featured] = {
        kind: feature(collected, backbone, replace(options, features=kind), narrator)
        for kind in ("float", "int8")
    }
    material = kinds["float"].material
    folds = grouped_folds(material.classes, material.families, options.head.seed)
    if folds is None:
        raise SystemExit("there are too few scenes for folds")
    calibrated = set(calibrated_with(kinds["int8"].source)["calibration"])
    tested = np.array([row.sha256[:16] not in calibrated for row in material.rows])
    logits: dict[tuple[str, str], Floats] = {}
    for trained_on, featured in kinds.items():
        examples = featured.material.examples
        left_out = left_out_of(folds, examples.pictures)
        classes = len(collected.found.labels)
        heads = train_heads(examples, left_out, classes, options.head, stop_after=STEPS)
        for asked_with, other in kinds.items():
            answers = held_out_logits(heads, folds, other.material.features)
            logits[trained_on, asked_with] = answers[tested]
    Console(width=120).print(table(logits, material.classes[tested]))


def table(logits: dict[tuple[str, str], Floats], classes: Floats) -> Table:
    """Return a row for each head and way of asking it."""
    shown = Table(box=None, pad_edge=False)
    names = ("head trained on", "asked with", "accuracy, scenes apart", "95% interval")
    for name in (*names, "as with float features", "drift", "calibration error"):
        shown.add_column(name)
    for (trained_on, asked_with), rows in logits.items():
        exact = logits[trained_on, "float"]
        temperature = fit_temperature(exact, classes)
        scores, others = softmax(rows / temperature), softmax(exact / temperature)
        right = rows.argmax(1) == classes
        share = Proportion.of_counts(int(right.sum()), len(right))
        alike = agreement(rows.argmax(1), exact.argmax(1))
        error = calibration_error(confidence_bins(scores, classes)) or 0.0
        ends = (share.percent(), share.percent_interval(), alike.percent())
        drift = np.abs(scores - others).mean()
        shown.add_row(trained_on, asked_with, *ends, f"{drift:.4f}", f"{error:.3f}")
    return shown


def softmax(logits: Floats) -> Floats:
    """Return float32 scores of logits, [pictures, classes]."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
