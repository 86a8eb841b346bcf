"""Evidence: the pictures of alarms, on disk, under a quota."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from edge.contract.atomic import sync_folder
from edge.contract.errors import InputError, StorageError
from edge.store.batch import FileBatch
from edge.store.picture import Picture, read_stamp

# The event's number comes first: it grows whatever the clock does.
NAME = re.compile(r"e(\d{8,19})-(\d{8}T\d{6}\.\d{3}Z)-(\d{1,19})\.jpg", re.ASCII)


@dataclass(frozen=True)
class EvidencePicture:
    """One picture on disk: its file's name, its alarm's event, when it was taken."""

    name: str
    event: int
    at: datetime
    size_bytes: int


class Evidence:
    """A folder of pictures named after their event and time, the oldest removed first.

    The newest alarm's are never removed for another's; what does not fit then is not written.
    One instance may write; any may `list` and `open`.
    """

    def __init__(self, folder: Path, quota_bytes: int = 0) -> None:
        self.folder = folder
        self.quota_bytes = quota_bytes
        self._held: dict[str, EvidencePicture] | None = None

    def list(self, event: int | None = None) -> list[EvidencePicture]:
        """Return the pictures, or those of one event, the oldest first."""
        found = []
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    picture = _parse(entry)
                    if picture is not None and event in (None, picture.event):
                        found.append(picture)
        except OSError:
            # No folder: no alarm yet.
            return []
        return sorted(found, key=lambda one: (one.event, one.at, one.name))

    def open(self, name: str) -> BinaryIO:
        """Open a picture by its name, and nothing else, whatever the name says.

        Raises:
            InputError: it is no picture's name, or that picture is not there.
        """
        if not NAME.fullmatch(name):
            raise InputError("that is no picture of an alarm", found=repr(name[:80]))
        try:
            # A link of that name, should one be there, leads nowhere.
            handle = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise InputError("there is no such picture", found=name) from error
        return os.fdopen(handle, "rb")

    def write(self, event: int, picture: Picture, batch: FileBatch) -> str | None:
        """Put a picture of an event's into a batch; return its name, or None where none fits.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        name = f"e{event:08d}-{picture.stamp}-{picture.number}.jpg"
        if not self.make_room(len(picture.jpeg), event):
            return None
        batch.add(self.folder / name, picture.jpeg)
        size = len(picture.jpeg)
        self._index()[name] = EvidencePicture(name, event, picture.at, size)
        return name

    def look_again(self) -> None:
        """Have the folder read anew, for a batch that failed."""
        self._held = None

    def make_room(self, size_bytes: int, event: int) -> bool:
        """Remove the oldest pictures until so many bytes fit; say whether they do.

        Those of `event`, and of any after it, stay.

        Raises:
            StorageError: a picture cannot be removed.
        """
        held = self._index()
        used = sum(picture.size_bytes for picture in held.values())
        gone = []
        for picture in sorted(held.values(), key=lambda one: (one.event, one.at)):
            if used + size_bytes <= self.quota_bytes or picture.event >= event:
                break
            gone.append(picture)
            used -= picture.size_bytes
        self._remove(gone)
        return used + size_bytes <= self.quota_bytes

    def give_up_oldest(self, size_bytes: int, event: int = 0) -> int:
        """Remove the oldest pictures for a disk that is full; return how many bytes that freed.

        The newest alarm's stay; that is `event`, if none of its pictures are there yet.

        Raises:
            StorageError: a picture cannot be removed.
        """
        held = sorted(self._index().values(), key=lambda one: (one.event, one.at))
        newest = max(event, held[-1].event if held else 0)
        gone: list[EvidencePicture] = []
        for picture in held:
            if picture.event >= newest or sum(one.size_bytes for one in gone) >= size_bytes:
                break
            gone.append(picture)
        self._remove(gone)
        return sum(one.size_bytes for one in gone)

    def _index(self) -> dict[str, EvidencePicture]:
        if self._held is None:
            self._held = {picture.name: picture for picture in self.list()}
        return self._held

    def _remove(self, pictures: Sequence[EvidencePicture]) -> None:
        try:
            for picture in pictures:
                (self.folder / picture.name).unlink(missing_ok=True)
                self._index().pop(picture.name, None)
            if pictures:
                sync_folder(self.folder)
        except OSError as error:
            raise StorageError(
                f"old pictures in {self.folder} cannot be removed: {error.strerror}",
                next_step="let the watch's user write there",
            ) from error


def _parse(entry: "os.DirEntry[str]") -> EvidencePicture | None:
    match = NAME.fullmatch(entry.name)
    try:
        if match is None or not entry.is_file(follow_symlinks=False):
            return None
        size = entry.stat(follow_symlinks=False).st_size
        return EvidencePicture(entry.name, int(match[1]), read_stamp(match[2]), size)
    except (OSError, ValueError):
        return None
