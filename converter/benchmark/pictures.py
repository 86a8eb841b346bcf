"""TestPictures: the labelled pictures that every model of a benchmark answers."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from converter.evaluation import find_pictures
from converter.trained_model import TrainedModel
from edge.contract.errors import DatasetError, InputError
from edge.contract.labels import Labels
from edge.contract.picture import Rgb, decode_picture

# What shaped a model: the pictures it was trained on, and those by which it was chosen.
SHAPING = ("training", "validation")
OWN = "the run's own test part"
STANDS = ": it stands in the run's "


@dataclass(frozen=True)
class TestPicture:
    """A picture, its true class as an index into the labels, and the SHA-256 of its file."""

    __test__ = False  # no test class, whatever pytest thinks of the name

    file: str
    path: Path
    truth: int
    sha256: str

    def read(self) -> Rgb:
        """Return it as uint8 RGB, making sure that it is the one that was listed.

        Raises:
            PictureError: it cannot be decoded.
            InputError: it is missing, or its content changed.
        """
        return decode_picture(self.content(), str(self.path))

    def content(self) -> bytes:
        """Return the file's bytes.

        Raises:
            InputError: it is missing, or its content changed.
        """
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise InputError(
                f"cannot read {self.path}: {error.strerror or error}",
                expected="the pictures where they were then",
                next_step="put them back, or retrain",
            ) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise InputError(
                f"{self.path} changed since the pictures were split or listed",
                next_step="put it back, or retrain",
            )
        return data


@dataclass(frozen=True)
class TestPictures:
    """Labelled pictures; `source` says where from, `left_out` which were not taken and why.

    Raises:
        DatasetError: there are none.
    """

    __test__ = False

    labels: Labels
    pictures: tuple[TestPicture, ...]
    source: str
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.pictures:
            raise DatasetError(
                f"there are no test pictures in {self.source}",
                found="; ".join(self.left_out[:3]) or "an empty testing part",
                next_step="retrain with more pictures, or give others with --test",
            )

    @classmethod
    def of_run(cls, trained: TrainedModel) -> "TestPictures":
        """Return the test part of a run."""
        rows = trained.pictures("testing")
        found = tuple(
            TestPicture(row.file, trained.path_of(row), trained.labels.index(row.label), row.sha256)
            for row in rows
        )
        return cls(trained.labels, found, OWN)

    @classmethod
    def of_folder(
        cls, folder: Path, labels: Labels, trained: TrainedModel | None = None
    ) -> "TestPictures":
        """Return a folder's pictures, a sub-folder for each class.

        Left out is what the run was shaped by, told by content: accuracy on it would flatter.

        Raises:
            DatasetError: no such folder, or no pictures that may be used.
            LabelsError: a sub-folder is no class.
        """
        parts = {row.sha256: row.part for row in trained.split} if trained else {}
        found, left_out = [], []
        for path, truth in find_pictures(folder, labels):
            file = path.relative_to(folder).as_posix()
            digest = _file_sha256(path)
            if parts.get(digest) in SHAPING:
                left_out.append(f"{file}{STANDS}{parts[digest]} part")
            else:
                found.append(TestPicture(file, path, truth, digest))
        return cls(labels, tuple(found), f"the folder {folder.name}", tuple(left_out))

    @property
    def truth(self) -> list[int]:
        """Return the true class of each picture."""
        return [picture.truth for picture in self.pictures]

    @property
    def paths(self) -> list[Path]:
        """Return where the pictures lie."""
        return [picture.path for picture in self.pictures]

    @property
    def digest(self) -> str:
        """Return a hash of the pictures' contents and classes, in order."""
        lines = [f"{one.sha256} {self.labels.names[one.truth]}" for one in self.pictures]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def check(self) -> None:
        """Make sure that the pictures are still those that were listed.

        Raises:
            InputError: one is missing, or its content changed.
        """
        for picture in self.pictures:
            picture.content()


def left_out_words(left_out: Iterable[str]) -> str:
    """Return in a line how many pictures were left out and why; empty where none was."""
    parts = Counter(line.rpartition(STANDS)[2] for line in left_out)
    counts = " and ".join(
        f"{count} that the run has in its {part}" for part, count in parts.items()
    )
    return f"pictures left out by their content: {counts}" if counts else ""


def _file_sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
