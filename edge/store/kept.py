"""KeptPictures: pictures that a person wants for retraining, each with what was thought of it."""

import json
import re
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from edge.contract.errors import InputError
from edge.store.batch import FileBatch
from edge.store.picture import Picture

KIND = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)


class KeptPictures:
    """A folder for each kind (`false-alarm`, `missed`), ready to be copied to the workstation.

    Beside each JPEG lies a JSON file of its name: when it was taken, the scores, the state and
    the model of then. No picture is ever removed here; beyond `quota_bytes` for a kind no
    more are taken, so that what a person wanted is not lost to what came after.
    """

    def __init__(self, folder: Path, quota_bytes: int) -> None:
        self.folder = folder
        self.quota_bytes = quota_bytes
        self._used: dict[str, int] = {}

    def write(
        self, kind: str, picture: Picture, about: Mapping[str, Any], batch: FileBatch
    ) -> Path | None:
        """Put a picture and what is known of it into a batch; return its path, None if too much.

        Raises:
            InputError: the kind is no plain word.
            StorageError: the folder cannot be written or the disk is full.
        """
        check_kind(kind)
        path = self.folder / kind / f"{picture.stamp}-{picture.number}.jpg"
        note = {
            "kind": kind,
            "at": picture.at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "frame": picture.number,
            "scores": dict(picture.scores),
            "state": picture.state,
            **about,
        }
        text = json.dumps(note, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"
        size = len(picture.jpeg) + len(text.encode())
        if self.used_bytes(kind) + size > self.quota_bytes:
            return None
        # The picture last: one that is there has its note.
        batch.add(path.with_suffix(".json"), text.encode())
        batch.add(path, picture.jpeg)
        self._used[kind] += size
        return path

    def look_again(self) -> None:
        """Have the folders read anew, for a batch that failed."""
        self._used.clear()

    def used_bytes(self, kind: str) -> int:
        """Return how much the pictures of a kind take."""
        if kind not in self._used:
            folder = self.folder / kind
            files = folder.iterdir() if folder.is_dir() else ()
            self._used[kind] = sum(file.stat().st_size for file in files if file.is_file())
        return self._used[kind]


def check_kind(kind: str) -> None:
    """Check that a kind is a plain word, which may be a folder's name.

    Raises:
        InputError: it is not.
    """
    if not KIND.fullmatch(kind):
        raise InputError(
            "pictures are kept under a plain word",
            found=repr(kind[:80]),
            expected="false-alarm, missed, or another of small letters, digits and hyphens",
        )
