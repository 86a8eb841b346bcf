"""A watch's scribe that is killed again and again at random moments, and what is left of its word.

    python -m tests.fakes.power_cuts FOLDER [ROUNDS] [SEED]

Each round is a process that queues acknowledgements, latches, alarms and pictures as fast as it
can and says over a pipe what is durable; SIGKILL ends it 1 to 60 ms later. Then everything that
was said must be there. Prints one JSON object with the counts.
"""

import json
import os
import random
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

from edge.store.event import Event
from edge.store.evidence import Evidence
from edge.store.latch import LatchFile
from edge.store.picture import Picture
from edge.store.reader import EventReader
from edge.store.restarts import Restarts
from edge.store.scribe import Scribe
from edge.store.settings import StoreSettings
from edge.store.writer import MOST_TOGETHER

PICTURE_BYTES = 5000


def store(folder: Path) -> StoreSettings:
    """Return the settings of the watch that is killed: a small log and quota, much budget."""
    return StoreSettings(
        folder=folder,
        keep_events=2000,
        evidence_quota_mb=1,
        write_budget_mb_per_day=100_000,
        low_disk_mb=0,
    )


def work(folder: Path, number: int, say: int) -> None:
    """Write for ever, and say what is durable: one line `number latch` after each."""
    scribe = Scribe(store(folder)).start()
    now = datetime.now(UTC)
    while True:
        number += 1
        done = scribe.event(Event(now, "acknowledged", "alarm", None, None, {"n": number}, "anna"))
        latch = scribe.latch({"level": "alarm", "n": number})
        alarm = scribe.event(Event(now, "state_changed", "alarm", 0.0, 0.9, {"from": "clear"}))
        for place in range(MOST_TOGETHER):
            jpeg = bytes(PICTURE_BYTES)
            scribe.evidence(Picture(now, 0.0, number * MOST_TOGETHER + place, jpeg), alarm)
        scribe.event(Event(now, "trouble", "alarm", None, None, {"source": "camera-black"}))
        done.wait(60)
        latch.wait(60)
        os.write(say, f"{number}\n".encode())


def child(folder: Path, number: int) -> tuple[int, int]:
    """Start a worker; return its process and the pipe on which it says what is durable."""
    hear, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hear)
        try:
            work(folder, number, say)
        finally:
            os._exit(1)
    os.close(say)
    return pid, hear


def said(hear: int, before: int) -> int:
    """Return the last number that was said to be durable."""
    data = b""
    while more := os.read(hear, 65536):
        data += more
    os.close(hear)
    whole = data[: data.rfind(b"\n") + 1].split()
    return int(whole[-1]) if whole else before


def check(folder: Path, promised: int) -> int:
    """Hold that everything up to `promised` is there; return the highest number found."""
    settings = store(folder)
    read = LatchFile(settings.latch).load()
    assert read.problem is None or "copy" in read.problem, read.problem
    assert promised == 0 or (read.data is not None and read.data["n"] >= promised), (read, promised)
    found = 0
    if settings.events.exists():
        events = EventReader(settings.events).since(0, kinds=["acknowledged"], limit=-1)
        numbers = [event.detail["n"] for event in events]
        assert numbers == sorted(set(numbers)), "twice or out of order"
        assert numbers == list(range(numbers[0], numbers[-1] + 1)) if numbers else True
        ids = [event.number for event in events]
        assert ids == sorted(set(ids)), "a number was given out twice"
        found = max(numbers, default=0)
    assert found >= promised, f"{promised} was promised, {found} found"
    assert not EventReader(settings.events).damaged()
    for one in Evidence(settings.evidence).list():
        assert one.size_bytes == PICTURE_BYTES, "half a picture"
    return max(found, (read.data or {}).get("n", 0))


def run(folder: Path, rounds: int, seed: int) -> dict[str, int]:
    """Kill, look, and go on with what is left; return what was counted."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    promised = highest = 0
    for number in range(1, rounds + 1):
        starts = Restarts(folder / "restarts-hand.json", f"boot {number}")
        assert starts.begin("killed", 0.0).total == number
        pid, hear = child(folder, highest)
        sleep(chance.uniform(0.001, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        promised = said(hear, promised)
        highest = check(folder, promised)
    return {"rounds": rounds, "promised": promised, "found": highest}


def main() -> None:
    """Run and print."""
    folder, rounds, seed, *_ = [*sys.argv[1:], "300", "1"][:3]
    print(json.dumps(run(Path(folder), int(rounds), int(seed))))


if __name__ == "__main__":
    main()
