"""An older run and a newer one on the same backbone, both packed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from converter.calibration import HASH_DIGITS
from converter.trained_model import TrainedModel
from edge.contract.bundle import ModelBundle
from tests.converter.packaging.retrained import retrain

# Another draw of 20 than the default seed's: what a later dataset brings about by itself.
OTHER_DRAW = ("--calibration", "20", "--seed", "9")


def package(run: TrainedModel, out: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """Pack a run by the command; it must succeed."""
    command = [sys.executable, "-m", "emberwatch", "package", run.folder, "--out", out]
    # A head on random features need not be good enough for the gate.
    command += ["--override", "a test of an update's size", *options]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done


def sources(bundle: ModelBundle) -> set[str]:
    """Return the hashes of the pictures that a bundle's golden photographs were made of."""
    return set(bundle.manifest.provenance["golden_sources"].values()) - {""}


@pytest.fixture(scope="session")
def newer(trained: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """Return the newer run, not converted yet."""
    return retrain(trained, tmp_path_factory.mktemp("newer") / "run", seed=6)


@pytest.fixture(scope="session")
def packed(newer: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """Return the newer run, packed beside itself without a thought of the older one."""
    run = _copy(newer, tmp_path_factory.mktemp("plain") / "run")
    package(run, run.folder.parent / "newer.ember", *OTHER_DRAW)
    return run


@pytest.fixture(scope="session")
def newer_path(packed: TrainedModel) -> Path:
    """Return the newer run's bundle."""
    return packed.folder.parent / "newer.ember"


@pytest.fixture(scope="session")
def older_path(
    trained: TrainedModel, newer_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the older run's bundle: its dataset lacked the newer one's golden pictures."""
    later = sources(ModelBundle.read(newer_path))
    rows = tuple(row for row in trained.split if row.sha256[:HASH_DIGITS] not in later)
    run = retrain(trained, tmp_path_factory.mktemp("older") / "run", seed=5)
    earlier = TrainedModel(**{**vars(run), "split": rows})
    earlier.write()
    out = tmp_path_factory.mktemp("bundles") / "older.ember"
    package(earlier, out, "--calibration", "20")
    return out


@pytest.fixture(scope="session")
def like(
    newer: TrainedModel, older_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Return the newer run's bundle made like the older one, and what the command said."""
    out = tmp_path_factory.mktemp("bundles") / "like.ember"
    run = _copy(newer, tmp_path_factory.mktemp("like") / "run")
    return out, package(run, out, *OTHER_DRAW, "--like", older_path)


def _copy(run: TrainedModel, folder: Path) -> TrainedModel:
    shutil.copytree(run.folder, folder)
    return TrainedModel.read(folder)
