"""What the benchmarks work on: pictures, Inception v3, and a bundle of it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PI_PYTHON = ROOT / ".venv" / "edge" / "bin" / "python"
REAL_WEIGHTS = "weights/inception_v3_imagenet2015_mixed8.weights.h5"
REAL_PICTURES = "fire"
# Where there are no real pictures: about as many generated ones, in three classes.
PER_CLASS = 404


@dataclass(frozen=True)
class Material:
    """A folder of pictures with their groups, and Inception v3 weights cut at mixed8.

    `kind` says what the pictures are: real ones, or generated.
    """

    folder: Path
    pictures: Path
    groups: Path
    weights: Path
    kind: str

    def photographs(self, count: int) -> list[Path]:
        """Return so many JPEG files, spread evenly over the folder's classes."""
        paths = sorted(self.pictures.glob("*/*.jpg"))
        return [paths[i * len(paths) // count] for i in range(min(count, len(paths)))]

    @property
    def run(self) -> Path:
        """Return the run folder that `retrain` is asked to write."""
        return self.folder / "run"

    @property
    def bundle(self) -> Path:
        """Return the bundle file."""
        return self.folder / "bench.ember"


def make(folder: Path) -> Material:
    """Take the real pictures and weights where they are, else draw some and take random ones.

    The time that a network takes does not depend on what its weights are.
    """
    data = data_folder()
    pictures, groups, kind = data / REAL_PICTURES, data / REAL_PICTURES / "SOURCES.tsv", "real"
    if not groups.is_file():
        pictures, kind = folder / "pictures", "generated"
        groups = pictures / "groups.tsv"
        emberwatch("scenes", pictures, "--per-class", PER_CLASS, "--seed", 11)
    weights = data / REAL_WEIGHTS
    if not weights.is_file():
        weights = folder / "random.weights.h5"
        _random_weights(weights)
    return Material(folder, pictures, groups, weights, kind)


def data_folder() -> Path:
    """Return where real pictures and weights are, on a machine that has them."""
    given = os.environ.get("EMBERWATCH_DATA")
    return Path(given) if given else ROOT.parent / "shared" / "data"


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
