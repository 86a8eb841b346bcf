"""The emulated boards and the bundle that they run."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.contract.bundle import ModelBundle
from tests.arm64.board import RUNTIMES, TOOLS, Board, BoardError, build_boards

Say = Callable[[str], None]


@pytest.fixture(scope="session")
def boards(root: Path, need: Callable[[object, str], None]) -> dict[str, Board]:
    """Return an emulated board for each runtime."""
    # Debian keeps chroot where a plain user's PATH does not look.
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    need(not missing, f"no {', '.join(missing)}: apt install mmdebstrap qemu-user-static")
    try:
        return build_boards(root, root / "build" / "arm64")
    except BoardError as error:
        need(False, f"no emulated board: {error}")
        raise


@pytest.fixture(params=RUNTIMES)
def board(request: pytest.FixtureRequest, boards: dict[str, Board]) -> Board:
    """Return each board in turn."""
    return boards[request.param]


@pytest.fixture(scope="session")
def bundle_path(root: Path, tmp_path_factory: pytest.TempPathFactory, say: Say) -> Path:
    """Return the demo's bundle, the newest one; where there is none, a tiny one."""
    # A name with a dot in front is a write that was cut off.
    bundles = (root / "build" / "demo").glob("[!.]*.ember")
    found = sorted(bundles, key=lambda path: path.stat().st_mtime)
    if found:
        say(f"arm64: the demo's bundle, {found[-1].name}")
        return found[-1]
    from tests.fakes.tiny_bundle import tiny_bundle

    say("arm64: no bundle of the demo's (make demo), so a tiny one")
    path = tmp_path_factory.mktemp("bundle") / "tiny.ember"
    tiny_bundle().write(path)
    return path


@pytest.fixture(scope="session")
def bundle(bundle_path: Path) -> ModelBundle:
    """Return the bundle, read."""
    return ModelBundle.read(bundle_path)


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Say:
    """Return a function that shows a line to whoever runs the tests."""
    capture = pytestconfig.pluginmanager.get_plugin("capturemanager")
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")

    def write(line: str) -> None:
        if capture and reporter:
            with capture.global_and_fixture_disabled():
                reporter.ensure_newline()
                reporter.write_line(line)

    return write
