"""The processes beside the watch: real ones, that end, crash and are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.hand.sides import PATIENCE_SECONDS, Sides


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sides():
    """Return sides that run a command which ends at once, on a clock of its own."""
    clock = Clock()
    # It needs a --config that is not there, and ends with 2.
    made = Sides([("web", ("status",))], clock)
    yield made, clock
    made.close()


def test_one_that_ends_is_started_again_ever_more_slowly_and_told(sides):
    made, clock = sides
    for _ in range(3):
        made.tick()
        until(lambda: (made.tick(), made._sides[0].process is None)[1])
        clock.now = made._sides[0].due_s - 0.01
        made.tick()
        assert made._sides[0].process is None, "not before its time"
        clock.now += 0.02
    (told,) = made.conditions
    assert (told.signal, told.source) == ("supervisory", "web-down")
    assert "2" in told.problem
    assert made._sides[0].due_s > 3


def test_one_short_failure_is_no_news(sides):
    made, clock = sides
    made.tick()
    until(lambda: (made.tick(), made._sides[0].process is None)[1])
    assert made.conditions == ()
    clock.now += PATIENCE_SECONDS + 1
    assert [told.source for told in made.conditions] == ["web-down"]


def test_it_runs_with_low_priority_and_ends_with_the_hand(tmp_path):
    # A command that waits: it reads a FIFO that nobody writes to.
    os.mkfifo(tmp_path / "fire.ember")
    code = (
        "import time\n"
        "from edge.hand.sides import Sides\n"
        f"sides = Sides([('house', ('verify', {str(tmp_path / 'fire.ember')!r}))])\n"
        "sides.tick()\n"
        "print(sides._sides[0].process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    hand = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert hand.stdout is not None
    pid = int(hand.stdout.readline())
    lower = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == lower)
    # It is the first to go when memory is short.
    until(lambda: Path(f"/proc/{pid}/oom_score_adj").read_text() == "700\n")
    hand.send_signal(signal.SIGKILL)
    hand.wait()

    def ended() -> bool:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                return stat.read().rpartition(")")[2].split()[0] in "ZX"
        except OSError:
            return True

    until(ended)
