"""A page that is served by a process of its own, and a hand that answers it."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.web.users import Users
from tests.edge.web.stand_in import StandIn
from tests.edge.web.visitor import PASSWORD, Visitor

ROOT = Path(__file__).parents[3]
LEAST = '[model]\nbundle = "tiny.ember"\n[camera]\npath = "clip.mp4"\n'


class Served:
    """An `emberwatch-edge web` process."""

    def __init__(self, folder: Path, web: str = "") -> None:
        self.folder = folder
        self.state = folder / "state"
        self.file = folder / "watch.toml"
        self.file.write_text(f"{LEAST}[web]\nport = 0\n{web}")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge", "web", "--config", str(self.file)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.greeting = self.process.stdout.readline()
        found = re.search(r"(https?)://.*:(\d+)/", self.greeting)
        if found is None:
            raise AssertionError(self.greeting + self.process.communicate()[1])
        self.tls, self.port = found[1] == "https", int(found[2])
        self.log: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def visitor(self, address: str = "127.0.0.1") -> Visitor:
        """Return somebody who is not signed in."""
        return Visitor(self.port, address, tls=self.tls)

    def close(self) -> int:
        """Ask it to end; return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a page with a keeper and a viewer, without a hand; tests share it."""
    folder = tmp_path_factory.mktemp("page")
    users = Users(folder / "state")
    for role in ("keeper", "viewer"):
        users.put(role, role, PASSWORD)
    page = Served(folder)
    yield page
    assert page.close() == 0, page.log


@pytest.fixture(scope="session")
def _cookies(served: Served) -> dict[str, dict[str, str]]:
    return {name: served.visitor().entered(name).cookies for name in ("keeper", "viewer")}


@pytest.fixture
def signed_in(served: Served, _cookies: dict[str, dict[str, str]]) -> Callable[[str], Visitor]:
    """Return a function that gives somebody who is signed in, by a login that all share."""

    def enter(name: str) -> Visitor:
        visitor = served.visitor()
        visitor.cookies = dict(_cookies[name])
        return visitor

    return enter


@pytest.fixture(scope="session")
def _hands() -> Iterator[list[StandIn]]:
    hands: list[StandIn] = []
    yield hands
    for standing in hands:
        standing.close()


@pytest.fixture
def hand(served: Served, _hands: list[StandIn]) -> StandIn:
    """Return a hand that the page follows; the last test's, if that left it whole."""
    if not _hands or _hands[-1].closed:
        _hands.append(StandIn(served.state))
    _hands[-1].begin()
    return _hands[-1]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that serves a page of one's own."""
    pages: list[Served] = []

    def start(web: str = "", users: tuple[str, ...] = ("keeper",)) -> Served:
        for name in users:
            Users(tmp_path / "state").put(
                name, "keeper" if name == "keeper" else "viewer", PASSWORD
            )
        pages.append(Served(tmp_path, web))
        return pages[-1]

    yield start
    for page in pages:
        page.close()
