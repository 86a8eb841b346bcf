"""What the converter's tests share: one small run, converted once in each Pi environment."""

import shutil
import sys
from pathlib import Path

import pytest

from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import find_recipe
from converter.trained_model import TrainedModel
from tests.converter.small_run import make_run


@pytest.fixture(scope="session")
def pi_environments(edge_pythons: list[Path]) -> list[PiEnvironment]:
    """Return every Pi environment here, and the workstation's own Python."""
    return [PiEnvironment(python) for python in [*edge_pythons, Path(sys.executable)]]


@pytest.fixture(scope="session")
def pi(pi_environments: list[PiEnvironment]) -> PiEnvironment:
    """Return the Pi environment that commands take by default."""
    return pi_environments[0]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """Return a small run that every test may read and none may change."""
    return make_run(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def converted(trained: TrainedModel, pi: PiEnvironment) -> TrainedModel:
    """Return the small run with its int8 and float models made."""
    conversion = make_conversion(trained, pi)
    for name in ("int8", "float16", "float32"):
        conversion.convert(find_recipe(name))
    return trained


@pytest.fixture
def own_run(converted: TrainedModel, tmp_path: Path) -> TrainedModel:
    """Return a copy of the converted run that the test may change."""
    shutil.copytree(converted.folder, tmp_path / "run")
    return TrainedModel.read(tmp_path / "run")


def make_conversion(trained: TrainedModel, environment: PiEnvironment, **options) -> Conversion:
    """Return a silent conversion with 20 calibration pictures."""
    calibration = CalibrationSet.draw(trained, 20)
    return Conversion(trained, environment, calibration, Progress(), **options)
