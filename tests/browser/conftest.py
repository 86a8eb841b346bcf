"""What the browser's tests share: the browser, and a run whose pages it opens."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from converter.trained_model import TrainedModel
from tests.browser.chromium import Chromium
from tests.training.report.whole_run import whole_run_in

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser(
    need: Callable[[object, str], None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    """Return a headless Chromium; skip where there is none, fail in CI."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    need(program, "no chromium on PATH: apt install chromium")
    with Chromium(str(program), tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Return where to leave pictures of the pages (EMBERWATCH_SCREENSHOTS), or None."""
    named = os.environ.get("EMBERWATCH_SCREENSHOTS")
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
    return Path(named).resolve() if named else None


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """Return a run that every test may read and none may change."""
    return whole_run_in(tmp_path_factory.getbasetemp() / "whole")
