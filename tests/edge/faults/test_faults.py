"""Faults injected into running watches: an alarm or a trouble in the promised time, always.

They run several at a time, since most of their time is waiting; each is a test of its own.
`python -m tests.edge.faults` prints the table.
"""

import importlib.util
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.edge.faults.disk_faults import FAKETIME, may_mount
from tests.edge.faults.scenarios import SCENARIOS
from tests.edge.faults.seen import Seen

AT_ONCE = 4
# These processes are the same in each of the Pi's environments: once is enough.
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pytest_timeout") is None, reason="the workstation's tests do it"
)


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    bundle_bytes: bytes,
) -> Iterator[dict[str, "Future[list[Seen]]"]]:
    """Begin all faults that were asked for, some at a time; give what comes of them."""
    asked = [
        item.callspec.params["name"]
        for item in request.session.items
        if item.nodeid.startswith(request.node.nodeid) and hasattr(item, "callspec")
    ]

    def inject(name: str) -> list[Seen]:
        folder = tmp_path_factory.mktemp(name)
        (folder / "tiny.ember").write_bytes(bundle_bytes)
        return [seen.check() for seen in SCENARIOS[name](folder)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        able = [n for n in SCENARIOS if n in asked and not _lacking(n) and not _forbidden(n)]
        yield {name: pool.submit(inject, name) for name in able}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_fault_is_told_in_time_and_hides_no_fire(name, outcomes, need):
    if _forbidden(name):
        pytest.skip("mounting a small disk needs root")
    need(not _lacking(name), _lacking(name))
    assert outcomes[name].result(300)


def _forbidden(name: str) -> bool:
    return name in ("full_disk", "read_only_disk") and not may_mount()


def _lacking(name: str) -> str:
    if name == "clock_set" and not Path(FAKETIME).exists():
        return "no libfaketime"
    return ""
