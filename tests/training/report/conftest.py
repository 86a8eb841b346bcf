"""What the report's tests share: one run with every figure."""

import shutil
from pathlib import Path

import pytest

from converter.trained_model import TrainedModel
from tests.training.report.whole_run import whole_run_in


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """Return a run that every test may read and none may change."""
    return whole_run_in(tmp_path_factory.getbasetemp() / "whole")


@pytest.fixture
def own_run(whole_run: TrainedModel, tmp_path: Path) -> TrainedModel:
    """Return a copy of the run, with its pictures where they were, that the test may change."""
    shutil.copytree(whole_run.folder, tmp_path / "run")
    return TrainedModel.read(tmp_path / "run")
