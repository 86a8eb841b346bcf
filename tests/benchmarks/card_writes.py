"""What reaches the card when the watch writes: counted by the block device of an ext4 image.

    sudo .venv/workstation/bin/python -m tests.benchmarks.card_writes

Needs root and a free loop device. For each kind of writing it prints what was handed over
(payload), what the kernel booked on the process, what the card got, and what WriteBudget
counted, which should not be less.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from edge.store.budget import process_written_bytes
from edge.store.desk import Desk
from edge.store.event import Event
from edge.store.paper import EventPaper, EvidencePaper, KeptPaper, LatchPaper
from edge.store.picture import Picture
from edge.store.settings import StoreSettings
from edge.store.ticket import Ticket

SECTOR_BYTES = 512
# Field 7 of /sys/block/*/stat, from 1: sectors written (kernel Documentation/block/stat.rst).
SECTORS_WRITTEN = 6
IMAGE_MB = 512
START = datetime(2026, 11, 22, tzinfo=UTC)
JPEG_BYTES = 80_000


def main() -> None:
    """Measure and print."""
    if os.geteuid() != 0:
        sys.exit("it mounts a file system: run it as root")
    with card() as (folder, device):
        desk = Desk(StoreSettings(folder / "state", write_budget_mb_per_day=100_000), monotonic)
        desk.open()
        desk.tidy()
        alarm = Ticket()
        alarm.settle(1)
        rows = [
            measure("one event a commit", device, desk, 500, lambda n: events(desk, n, 1)),
            measure("20 events a commit", device, desk, 100, lambda n: events(desk, n, 20)),
            measure("a picture of 80 kB", device, desk, 100, lambda n: pictures(desk, n, 1, alarm)),
            measure("6 pictures", device, desk, 30, lambda n: pictures(desk, n, 6, alarm)),
            measure("16 pictures", device, desk, 10, lambda n: pictures(desk, n, 16, alarm)),
            measure("16 kept pictures", device, desk, 10, lambda n: kept(desk, n, 16)),
            measure("a latch", device, desk, 100, lambda n: latch(desk, n)),
        ]
        desk.close()
    for row in rows:
        print(json.dumps(row))


@contextmanager
def card() -> Iterator[tuple[Path, str]]:
    """Mount a new ext4 image, as Raspberry Pi OS mounts its root: noatime, ordered data."""
    with tempfile.TemporaryDirectory() as there:
        image, folder = Path(there) / "card.img", Path(there) / "card"
        folder.mkdir()
        with open(image, "wb") as file:
            file.truncate(IMAGE_MB << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", image], check=True)
        subprocess.run(["mount", "-o", "loop,noatime", image, folder], check=True)
        try:
            source = subprocess.run(
                ["findmnt", "-n", "-o", "SOURCE", folder],
                capture_output=True,
                text=True,
                check=True,
            )
            yield folder, Path(source.stdout.strip()).name
        finally:
            subprocess.run(["umount", folder], check=True)


def written(device: str) -> int:
    """Return what the device got so far, all that waits included."""
    os.sync()
    sleep(0.2)
    figures = Path(f"/sys/block/{device}/stat").read_text().split()
    return int(figures[SECTORS_WRITTEN]) * SECTOR_BYTES


def measure(
    what: str, device: str, desk: Desk, times: int, write: Callable[[int], int]
) -> dict[str, object]:
    """Write some times and say what one of them costs, in bytes."""
    before = written(device), process_written_bytes() or 0, desk.budget.writes().total_bytes
    payload = sum(write(number) for number in range(times))
    after = written(device), process_written_bytes() or 0, desk.budget.writes().total_bytes
    got, booked, counted = (late - early for late, early in zip(after, before, strict=True))
    return {
        "what": what,
        "payload": payload // times,
        "process": booked // times,
        "card": got // times,
        "counted": counted // times,
    }


def events(desk: Desk, number: int, count: int) -> int:
    """Write so many events in one commit; return the bytes of their rows."""
    group = []
    for place in range(count):
        at = START + timedelta(seconds=number * count + place)
        detail = {"source": "camera-black", "problem": "the picture is black"}
        group.append(Event(at, "trouble", "trouble", 1.0, None, detail))
    desk.write([EventPaper(event, 0.0) for event in group])
    return sum(len(repr(event.row())) for event in group)


def shot(number: int, place: int) -> Picture:
    """Return a picture of its own time and number."""
    at = START + timedelta(seconds=number, milliseconds=place)
    return Picture(at, number, number * 100 + place, os.urandom(JPEG_BYTES))


def pictures(desk: Desk, number: int, count: int, alarm: Ticket) -> int:
    """Write pictures of an alarm in one batch; return their bytes."""
    desk.write_pictures([EvidencePaper(shot(number, place), alarm) for place in range(count)])
    return count * JPEG_BYTES


def kept(desk: Desk, number: int, count: int) -> int:
    """Write pictures that a person wanted in one batch; return their bytes."""
    desk.write_pictures([KeptPaper(shot(number, place), "missed", {}) for place in range(count)])
    return count * JPEG_BYTES


def latch(desk: Desk, number: int) -> int:
    """Write a latch; return its bytes."""
    data = {"level": "alarm", "since": number}
    desk.write([LatchPaper(data, 0.0)])
    return len(json.dumps(data))


if __name__ == "__main__":
    main()
