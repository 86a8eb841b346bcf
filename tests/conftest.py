"""What every test may ask for: the real pictures, the Pi's environments, a servant in need."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

# A busy machine takes as long as it takes over an example: that is no fault of what is tested.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# Each needs something of its own: an emulated board, a GPIO chip, a browser, Ray, MediaPipe.
# `make test-NAME` has it.
APART = ("arm64", "browser", "cluster", "gpio", "readers")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests that need more than Python out unless they were asked for by name."""
    apart = collection_path.parent == ROOT / "tests" and collection_path.name in APART
    asked = any(collection_path.name in argument for argument in config.args)
    return True if apart and not asked else None


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the checkout's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def need() -> Callable[[object, str], None]:
    """Return a function that skips the test where something is lacking; in CI it fails."""

    def check(there: object, reason: str) -> None:
        if not there:
            (pytest.fail if IN_CI else pytest.skip)(reason)

    return check


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real pictures, clips and weights; skip where there is none."""
    given = os.environ.get("EMBERWATCH_DATA")
    folder = Path(given).expanduser() if given else ROOT.parent / "shared" / "data"
    if not (folder / "fire").is_dir():
        pytest.skip(f"no real pictures in {folder} (EMBERWATCH_DATA=folder names another)")
    return folder


@pytest.fixture(scope="session")
def edge_pythons(need: Callable[[object, str], None]) -> list[Path]:
    """Return the Python of each Pi environment that exists here."""
    names = ("edge", "edge-litert")
    paths = [ROOT / ".venv" / name / "bin" / "python" for name in names]
    found = [path for path in paths if path.exists()]
    need(found, "no Pi environment: make test makes .venv/edge")
    return found
