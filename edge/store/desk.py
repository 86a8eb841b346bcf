"""Desk: where the scribe writes: log, latch, pictures, count; each call may wait for the disk."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from edge.contract.atomic import write_bytes
from edge.contract.errors import StorageError
from edge.store.ballast import Ballast
from edge.store.batch import FileBatch
from edge.store.budget import BLOCK_BYTES, NEW_FILE_SYNCS, WriteBudget
from edge.store.disk import check_writable, fault_of, free_bytes
from edge.store.event import Event
from edge.store.events import EventLog
from edge.store.evidence import Evidence
from edge.store.fold import fold
from edge.store.kept import KeptPictures
from edge.store.latch import LatchFile
from edge.store.paper import EventPaper, EvidencePaper, KeptPaper, LatchPaper, Paper
from edge.store.settings import MB, StoreSettings

# A row's page and the counter's page in the write-ahead log, and both again at its checkpoint.
COMMIT_BYTES = 4 * BLOCK_BYTES
# What goes at once of old alarms' pictures when the disk is full: about an alarm's worth.
FREED_BYTES = 4 * MB
# Of a batch of new files: one flush when they are written, one when they are named, each with
# more maps than an event's. And for each file its own entries: name, size, place.
BATCH_SYNCS = 4
FILE_BYTES = 3 * BLOCK_BYTES
# Of an alarm's pictures, one in so many is written when the budget is half used.
THINNED = 4
# As `edge.contract.atomic` names what it has not finished: our own files' names alone.
TEMPORARY = re.compile(
    r"\.((latch|writes|restarts-\w+)(\.copy)?|ballast|events|e\d{8,}-\S+|\d{8}T\d{6}\S+)"
    r"\.[a-z0-9_]{8}(\.\w+)?",
    re.ASCII,
)
SPENT = "the day's write budget is used up"
NO_ROOM = "the pictures' share of the disk is used up"


class Desk:
    """Writes what it is given, in order; for one thread alone.

    On a full disk it first makes room: the ballast, then the oldest alarms' pictures.
    """

    def __init__(self, settings: StoreSettings, clock: Callable[[], float]) -> None:
        self.folder = settings.folder
        self.low_bytes = settings.low_disk_mb * MB
        self.budget = WriteBudget(settings.writes, settings.write_budget_mb_per_day * MB, clock)
        self._log = EventLog(
            settings.events, keep_events=settings.keep_events, keep_days=settings.keep_days
        )
        self._latch = LatchFile(settings.latch)
        self._evidence = Evidence(settings.evidence, settings.evidence_quota_mb * MB)
        self._kept = KeptPictures(settings.kept, settings.kept_quota_mb * MB)
        self._ballast = Ballast(settings.folder / "ballast")
        self._thinning = 0

    def open(self) -> None:
        """Make the folder, forget what a power cut left half written, and read the count.

        Raises:
            StorageError: the folder cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"the folder {self.folder} cannot be made: {error.strerror}",
                next_step="name another in [store] folder, or let the watch's user write there",
            ) from error
        _sweep(self.folder)
        self.budget.load()

    def write(self, papers: Sequence[Paper]) -> None:
        """Write papers in their order and settle their tickets.

        What fails does not keep the others from the disk: a latch is kept though the event
        log cannot be used.

        Raises:
            StorageError: some could not be written: those whose tickets are not done.
        """
        failure: StorageError | None = None
        log_failed = False
        for are_events, run in groupby(papers, lambda paper: isinstance(paper, EventPaper)):
            group = list(run)
            for part in [group] if are_events else [[paper] for paper in group]:
                # Later events wait for earlier ones: the log keeps its order.
                if are_events and log_failed:
                    continue
                try:
                    self._write_part(part)
                except StorageError as error:
                    failure = failure or error
                    log_failed = log_failed or are_events
        if failure is not None:
            raise failure

    def write_pictures(self, papers: Sequence[EvidencePaper | KeptPaper]) -> None:
        """Write pictures, or give them up where quota or budget say so; settle their tickets.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        batch, accepted = FileBatch(), []
        try:
            for paper in papers:
                problem = self._refusal(paper) or self._add(paper, batch)
                if problem is None:
                    accepted.append(paper)
                else:
                    paper.ticket.settle(problem=problem)
            files = batch.files
            batch.commit()
        except StorageError:
            batch.drop()
            self._evidence.look_again()
            self._kept.look_again()
            raise
        if files:
            self.budget.note(batch.size_bytes + files * FILE_BYTES, syncs=BATCH_SYNCS)
        for paper in accepted:
            paper.ticket.settle()

    def _add(self, paper: EvidencePaper | KeptPaper, batch: FileBatch) -> str | None:
        if isinstance(paper, KeptPaper):
            done = self._kept.write(paper.kind, paper.picture, paper.about, batch) is not None
        else:
            done = self._evidence.write(paper.alarm.number, paper.picture, batch) is not None
        return None if done else NO_ROOM

    def tidy(self) -> int | None:
        """Look at the folder, keep the count, take ballast in; return how many bytes are free.

        Raises:
            StorageError: the disk refuses.
        """
        check_writable(self.folder)
        self.budget.tick()
        free = free_bytes(self.folder)
        if free is not None and free > self._ballast.size_bytes * 4 and self._ballast.load():
            self.budget.note(self._ballast.size_bytes)
        return free

    def make_room(self, error: StorageError, *, for_picture: bool = False) -> bool:
        """Free some room, if it is that which lacks; say whether it is worth another try.

        For a picture only older alarms' pictures go; the ballast is for what matters more.
        """
        if fault_of(error, self.folder) != "disk-full":
            return False
        thrown = not for_picture and self._ballast.throw_off()
        with suppress(StorageError):
            return self._evidence.give_up_oldest(FREED_BYTES) > 0 or thrown
        return thrown

    def close(self) -> None:
        """Close the log and keep the count; what fails now is told by nobody."""
        with suppress(StorageError):
            self.budget.save(ended=True)
        self._log.close()

    def _write_part(self, part: Sequence[Paper]) -> None:
        events = [paper for paper in part if isinstance(paper, EventPaper)]
        if events:
            self._write_events(events)
        else:
            self._write_file(part[0])

    def _write_events(self, papers: Sequence[EventPaper]) -> None:
        events: list[Event] = [paper.event for paper in papers]
        places = list(range(len(events)))
        if self.budget.level == "spent":
            events, places = fold(events)
        numbers = self._numbers(events)
        self.budget.note(COMMIT_BYTES + sum(len(str(event.detail)) for event in events))
        for paper, place in zip(papers, places, strict=True):
            paper.ticket.settle(numbers[place])

    def _numbers(self, events: Sequence[Event]) -> list[int]:
        try:
            return self._log.write(events)
        except StorageError:
            raise
        except Exception:  # noqa: BLE001
            # One of them is not fit for the table: it must not keep the others from it.
            if len(events) == 1:
                return self._log.write([_unfit(events[0])])
            return [self._numbers([event])[0] for event in events]

    def _write_file(self, paper: Paper) -> None:
        if isinstance(paper, LatchPaper):
            self._latch.save(paper.data)
            self.budget.note(2 * BLOCK_BYTES, syncs=2 * NEW_FILE_SYNCS)
        elif not isinstance(paper, EventPaper):
            write_bytes(self.folder / paper.name, paper.content)
            self.budget.note(len(paper.content), syncs=NEW_FILE_SYNCS)
        paper.ticket.settle()

    def _refusal(self, paper: EvidencePaper | KeptPaper) -> str | None:
        level = self.budget.level
        if level == "spent":
            return SPENT
        if self._ballast.off and not self._has_room(paper):
            return "the disk is full"
        if isinstance(paper, KeptPaper):
            return None
        if not paper.alarm.durable:
            return "its alarm is not in the log"
        if level == "thin":
            self._thinning += 1
            return None if self._thinning % THINNED == 1 else "left out to spare the SD card"
        return None

    def _has_room(self, paper: EvidencePaper | KeptPaper) -> bool:
        """Say whether a picture would leave as much room as the ballast was; make some for it."""
        needed = self._ballast.size_bytes + len(paper.picture.jpeg)
        free = free_bytes(self.folder)
        if free is not None and free < needed and isinstance(paper, EvidencePaper):
            self._evidence.give_up_oldest(FREED_BYTES, paper.alarm.number)
            free = free_bytes(self.folder)
        return free is None or free >= needed


def _unfit(event: Event) -> Event:
    """Say what can be said of an event that no table takes."""
    text = repr(event).encode("ascii", "replace").decode()
    return Event(event.at, event.kind, "unknown", detail={"problem": f"not to be kept: {text}"})


def _sweep(folder: Path) -> None:
    """Remove temporary files of our own writes that a power cut ended."""
    for place in (folder, folder / "evidence", *folder.glob("kept/*")):
        for path in place.glob(".*"):
            if TEMPORARY.fullmatch(path.name):
                with suppress(OSError):
                    path.unlink()
