"""What the benchmarks work on: generated pictures, Inception v3, and a bundle of it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PI_PYTHON = ROOT / ".venv" / "edge" / "bin" / "python"
REAL_WEIGHTS = "weights/inception_v3_imagenet2015_mixed8.weights.h5"
PER_CLASS = 64


@dataclass(frozen=True)
class Material:
    """A folder of generated pictures and a file of Inception v3 weights, cut at mixed8."""

    folder: Path
    pictures: Path
    groups: Path
    weights: Path

    @property
    def run(self) -> Path:
        """Return the run folder that `retrain` is asked to write."""
        return self.folder / "run"

    @property
    def bundle(self) -> Path:
        """Return the bundle file."""
        return self.folder / "bench.ember"


def make(folder: Path) -> Material:
    """Draw the pictures; take the ImageNet weights where they are, else random ones.

    The time that a network takes does not depend on what its weights are.
    """
    pictures = folder / "pictures"
    emberwatch("scenes", pictures, "--per-class", PER_CLASS, "--seed", 11)
    given = os.environ.get("EMBERWATCH_DATA")
    data = Path(given) if given else ROOT.parent / "shared" / "data"
    weights = data / REAL_WEIGHTS
    if not weights.is_file():
        weights = folder / "random.weights.h5"
        _random_weights(weights)
    return Material(folder, pictures, pictures / "groups.tsv", weights)


def emberwatch(*arguments: object) -> None:
    """Run a command of the workstation, with its output held back unless it fails."""
    finished = subprocess.run(
        [sys.executable, "-P", "-m", "emberwatch", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise SystemExit(finished.stdout + finished.stderr)


def _random_weights(path: Path) -> None:
    import keras

    base = keras.applications.InceptionV3(
        weights=None, include_top=False, input_shape=(299, 299, 3)
    )
    keras.Model(base.input, base.get_layer("mixed8").output).save_weights(path)
