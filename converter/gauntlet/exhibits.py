"""Exhibits: the pictures that go through the gauntlet, and where they come from."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from converter.evaluation import find_pictures
from converter.gauntlet.subject import Subject
from converter.trained_model import TrainedModel
from edge.contract.errors import DatasetError, PictureError
from edge.contract.picture import Rgb, decode_picture, is_picture_name

DEFAULT_PICTURES = 40
# A picture is brought to this many times the network's input before a condition is drawn
# onto it: about what a camera's frame has, and no more than is seen.
LONGEST = 1.5
LEAST_LONGEST = 96


@dataclass(frozen=True)
class Exhibit:
    """A picture, uint8 [height, width, 3], its class, its file's hash and where it is from."""

    path: Path
    label: str
    source: str
    sha256: str
    rgb: Rgb


@dataclass(frozen=True)
class Exhibits:
    """The pictures of a gauntlet, and the files that were left out with the reason."""

    shown: tuple[Exhibit, ...]
    left_out: tuple[str, ...] = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many pictures of each class came from each source."""
        counted = Counter((one.source, one.label) for one in self.shown)
        sources = sorted({source for source, _ in counted})
        return {
            source: {label: n for (of, label), n in sorted(counted.items()) if of == source}
            for source in sources
        }

    @property
    def digest(self) -> str:
        """Return a hash over the pictures' hashes, whatever their order."""
        lines = sorted(f"{one.sha256} {one.label}" for one in self.shown)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Source:
    """A name for where pictures come from, and their paths with their classes."""

    name: str
    pictures: tuple[tuple[Path, str], ...]

    @classmethod
    def test_part(cls, trained: TrainedModel) -> "Source":
        """Return a run's test pictures."""
        rows = trained.pictures("testing")
        return cls("test", tuple((trained.path_of(row), row.label) for row in rows))

    @classmethod
    def labelled(cls, name: str, folder: Path, subject: Subject) -> "Source":
        """Return the pictures of a folder with a sub-folder for each class.

        Raises:
            DatasetError: no such folder, or no pictures in it.
            LabelsError: a sub-folder is no class of the model's.
        """
        found = find_pictures(folder, subject.labels)
        return cls(name, tuple((path, subject.labels.names[at]) for path, at in found))

    @classmethod
    def site(cls, folder: Path, subject: Subject) -> "Source":
        """Return a folder of the site's own frames, in which nothing burns.

        Raises:
            DatasetError: no such folder, or no pictures in it.
        """
        paths = sorted(p for p in folder.rglob("*") if p.is_file() and is_picture_name(p))
        if not paths:
            raise DatasetError(
                f"{folder} holds no pictures", expected="frames of the camera's view, nothing amiss"
            )
        return cls("site", tuple((path, subject.negative) for path in paths))


def gather(
    sources: Sequence[Source], subject: Subject, most: int = DEFAULT_PICTURES, seed: int = 0
) -> Exhibits:
    """Read at most `most` pictures of each class from each source, drawn by their hash and seed.

    A picture that the model was trained or chosen by is left out, and so is a copy and one
    that cannot be read.

    Raises:
        DatasetError: no normal picture, or nothing at all, is left.
    """
    longest = max(
        LEAST_LONGEST, round(LONGEST * max(subject.preprocess.width, subject.preprocess.height))
    )
    shown: list[Exhibit] = []
    left_out: list[str] = []
    known: set[str] = set()
    for source in sources:
        taken: Counter[str] = Counter()
        for path, label in _drawn(source, seed):
            if taken[label] == most:
                continue
            try:
                data = path.read_bytes()
                digest = hashlib.sha256(data).hexdigest()
                if digest in known:
                    continue
                if digest in subject.seen:
                    left_out.append(f"{path}: the model was trained or chosen by it")
                    continue
                rgb = _shrunk(decode_picture(data, str(path)), longest)
            except (OSError, PictureError) as error:
                reason = error.line() if isinstance(error, PictureError) else error.strerror
                left_out.append(f"{path}: {reason}")
                continue
            known.add(digest)
            taken[label] += 1
            shown.append(Exhibit(path, label, source.name, digest, rgb))
    if not any(one.label == subject.negative for one in shown):
        raise DatasetError(
            f"there are no pictures of {subject.negative} to try for false alarms",
            found=left_out[0] if left_out else None,
            expected="test pictures of that class, or --site-frames",
        )
    return Exhibits(tuple(shown), tuple(left_out))


def _drawn(source: Source, seed: int) -> list[tuple[Path, str]]:
    """Return a source's pictures in an order that follows from their names and the seed."""

    def key(picture: tuple[Path, str]) -> str:
        path, label = picture
        return hashlib.sha256(f"{seed}:{label}/{path.name}".encode()).hexdigest()

    return sorted(source.pictures, key=key)


def _shrunk(rgb: Rgb, longest: int) -> Rgb:
    image = Image.fromarray(rgb)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return np.asarray(image, dtype=np.uint8)
