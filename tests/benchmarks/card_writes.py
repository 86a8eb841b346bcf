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
from edge.store.paper import EventPaper, EvidencePaper, LatchPaper
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
            measure("a picture of 80 kB", device, desk, 200, lambda n: picture(desk, n, alarm)),
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


def picture(desk: Desk, number: int, alarm: Ticket) -> int:
    """Write a picture of an alarm; return its bytes."""
    jpeg = os.urandom(JPEG_BYTES)
    desk.write_picture(
        EvidencePaper(Picture(START + timedelta(seconds=number), number, number, jpeg), alarm)
    )
    return len(jpeg)


def latch(desk: Desk, number: int) -> int:
    """Write a latch; return its bytes."""
    data = {"level": "alarm", "since": number}
    desk.write([LatchPaper(data, 0.0)])
    return len(json.dumps(data))


if __name__ == "__main__":
    main()
