"""A folder with the tiny bundle, a clip and a configuration."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.store.event import Event
from edge.store.events import EventLog
from tests.fakes.clips import fire_clip
from tests.fakes.tiny_bundle import tiny_bundle

BASE = '[model]\nbundle = "tiny.ember"\nthreads = 1\n'
FAST = '[camera]\npath = "clip.mp4"\npace = "fast"\n'


@pytest.fixture(scope="session")
def bundle_bytes() -> bytes:
    """Return the tiny bundle's file."""
    return tiny_bundle().to_bytes()


@pytest.fixture
def site(tmp_path: Path, bundle_bytes: bytes) -> Path:
    """Return a folder with bundle, clip (red from 2 s on, 4 s long) and watch.toml."""
    (tmp_path / "tiny.ember").write_bytes(bundle_bytes)
    fire_clip(tmp_path / "clip.mp4")
    (tmp_path / "watch.toml").write_text(BASE + FAST)
    return tmp_path


@pytest.fixture
def configure(site: Path) -> Callable[[str], None]:
    """Return a function that writes the configuration after [model]."""
    return lambda text: (site / "watch.toml").write_text(BASE + text) and None


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_edge(site: Path) -> Run:
    """Return a function that runs `emberwatch-edge` in the folder, as a process of its own."""

    def run(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "edge", *arguments]
        return subprocess.run(command, cwd=site, capture_output=True, text=True, **options)

    return run


@pytest.fixture
def events(site: Path) -> Callable[[], list[Event]]:
    """Return a function that reads the folder's event log."""

    def read() -> list[Event]:
        log = EventLog(site / "state" / "events.sqlite")
        found = log.read()
        log.close()
        return found

    return read
