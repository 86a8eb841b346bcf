"""The held-out rule: which pictures the starter backbone has never seen."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import DatasetError

LABELS = ("fire", "misc", "smoke")
"""The class names, in the order of their indices in this package."""

SOURCES = "SOURCES.tsv"
ONE_IN = 5
WEB_GROUP = "web"


@dataclass(frozen=True)
class SourcePicture:
    """One picture of the folder: its file, its index in `LABELS`, and where it came from."""

    path: Path
    label: int
    group: str
    sha256: str
    repository: str
    commit: str
    licence: str

    @property
    def key(self) -> str:
        """Return what the rule judges: the scene of a CCTV frame, else the content's hash."""
        return self.sha256 if self.group == WEB_GROUP else self.group

    @property
    def held_out(self) -> bool:
        """Return whether the starter must not be trained on this picture."""
        return is_held_out(self.key)


def is_held_out(key: str) -> bool:
    """Return whether the pictures of `key` are held out: about one key in five.

    `key` is the CCTV scene ("cctv:bandit"), so that frames which are nearly alike
    stay together, or the SHA-256 of the file's bytes in hex for a picture on its own.
    """
    digest = hashlib.sha256(f"emberwatch-starter:{key}".encode()).hexdigest()
    return int(digest, 16) % ONE_IN == 0


def read_sources(folder: Path) -> list[SourcePicture]:
    """Read the pictures that `folder/SOURCES.tsv` lists, sorted by file name.

    Raises:
        DatasetError: the list or a picture is missing, or a class is unknown.
    """
    table = folder / SOURCES
    if not table.is_file():
        raise DatasetError("the list of pictures is missing", expected=str(table))
    with table.open(newline="", encoding="utf-8") as lines:
        rows = sorted(csv.DictReader(lines, delimiter="\t"), key=lambda row: row["file"])
    return list(_pictures(folder, rows))


def _pictures(folder: Path, rows: list[dict[str, str]]) -> Iterator[SourcePicture]:
    for row in rows:
        path = folder / row["file"]
        if row["class"] not in LABELS:
            raise DatasetError("unknown class", found=row["class"], expected=", ".join(LABELS))
        if not path.is_file():
            raise DatasetError("a listed picture is missing", expected=str(path))
        yield SourcePicture(
            path=path,
            label=LABELS.index(row["class"]),
            group=row["group"],
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            repository=row["source_repo"],
            commit=row["commit"],
            licence=row["licence"],
        )
