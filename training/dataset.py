"""Dataset: a folder of pictures, one folder inside it for each class."""

import csv
import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from converter.trained_model import SplitRow
from edge.contract.errors import DatasetError
from edge.contract.labels import Labels
from edge.contract.picture import is_picture_name

FEW_PICTURES = 20
# How the group of a picture begins that the user put into none: its own, or its family's.
OWN_GROUP = "picture:"


@dataclass(frozen=True)
class Sample:
    """One picture: `file` is relative to the dataset, with forward slashes."""

    file: str
    label: str
    group: str
    sha256: str


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used: another copy `same_as` in its class is, or it cannot be opened."""

    file: str
    label: str
    reason: str
    same_as: str = ""


@dataclass(frozen=True)
class Dataset:
    """The pictures of a folder, in the order of their names.

    `notes` says in plain words what was left out or looks odd. `ignored` are files in the
    class folders whose suffix is none of a picture that we read. `problems` are what `scan`
    refuses to train on, where it was asked not to.
    """

    root: Path
    labels: Labels
    samples: tuple[Sample, ...]
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    ignored: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def path_of(self, sample: Sample) -> Path:
        """Return where a picture lies."""
        return self.root / sample.file

    def count(self, label: str) -> int:
        """Return how many pictures a class has."""
        return sum(sample.label == label for sample in self.samples)


def own_group(sha256: str) -> str:
    """Return the group of a picture that the user put into none."""
    return f"{OWN_GROUP}{sha256[:16]}"


def is_scene(group: str) -> bool:
    """Say whether a group was named by the user, and is not just a picture or its family."""
    return not group.startswith(OWN_GROUP)


def scan(
    root: Path,
    groups: dict[str, str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    strict: bool = True,
) -> Dataset:
    """Find the pictures of each class and hash their contents.

    A class is a folder with its name (letters of any alphabet and case, kept); pictures may
    lie in folders below it. A picture that stands twice in one class counts once. A picture
    without a group is a group of its own. If not `strict`, what cannot be trained on is told
    in the dataset's `problems`.

    Raises:
        DatasetError: no such folder, or no pictures in it; if `strict`, also fewer than two
            classes, an empty class, or two class folders whose names are the same but for
            case or Unicode form.
    """
    folders, listed, problems = _class_folders(root, strict)
    found = [(label, path) for label, files in listed.items() for path in files]
    samples: dict[tuple[str, str], Sample] = {}
    left_out: list[LeftOut] = []
    for done, (label, path) in enumerate(found):
        progress(done, len(found))
        file = _name(path, root)
        if file != path.relative_to(root).as_posix():
            left_out.append(LeftOut(file, label, "has a name that is no UTF-8: rename it"))
            continue
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            left_out.append(
                LeftOut(file, label, f"cannot be read ({error.strerror or error}): left out")
            )
            continue
        if (label, digest) in samples:
            first = samples[label, digest].file
            left_out.append(
                LeftOut(file, label, f"is the same picture as {first}: used once", first)
            )
            continue
        group = (groups or {}).get(file) or own_group(digest)
        samples[label, digest] = Sample(file, label, group, digest)
    progress(len(found), len(found))
    notes = [f"{one.file} {one.reason}" for one in left_out] + _across_classes(samples)
    dataset = Dataset(root, Labels(tuple(folders)), tuple(samples.values()), ())
    for label in dataset.labels:
        if dataset.count(label) < FEW_PICTURES:
            notes.append(f"{label} has only {dataset.count(label)} pictures: expect a rough figure")
    return replace(
        dataset,
        notes=tuple(notes),
        left_out=tuple(left_out),
        ignored=_ignored(root, folders.values()),
        problems=problems,
    )


def site_frames(folder: Path, label: str) -> tuple[SplitRow, ...]:
    """Return the pictures of a folder, and below it, as training rows of one class.

    Raises:
        DatasetError: no such folder, or no pictures in it.
    """
    pictures = _pictures(folder) if folder.is_dir() else []
    if not pictures:
        raise DatasetError(
            f"no site frames in {folder}", expected="a folder of pictures of the camera's own view"
        )
    return tuple(
        SplitRow(
            path.resolve().as_posix(),
            label,
            "site",
            hashlib.sha256(path.read_bytes()).hexdigest(),
            "training",
        )
        for path in pictures
    )


def read_groups(path: Path) -> dict[str, str]:
    """Read a TSV file with a header that names the columns `file` and `group`.

    Raises:
        DatasetError: the file cannot be read or lacks one of the columns.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"cannot read the groups file {path}", found=error) from error
    columns = set(rows[0]) if rows else set()
    if not {"file", "group"} <= columns:
        raise DatasetError(
            f"{path} is no groups file",
            found="columns " + (", ".join(sorted(map(str, columns))) or "none"),
            expected="a first line with the column names `file` and `group`, parted by tabs",
        )
    return {row["file"].replace("\\", "/"): row["group"] for row in rows if row["group"]}


def require_known(groups: dict[str, str], found: Dataset, table: Path | None) -> None:
    """Hold that a groups file is about this dataset; no groups are no matter.

    Raises:
        DatasetError: none of the dataset's pictures stands in it.
    """
    if groups and not any(sample.file in groups for sample in found.samples):
        raise DatasetError(
            f"no picture of {found.root} stands in {table}",
            expected="paths relative to the dataset, such as fire/0001.jpg",
        )


def _class_folders(
    root: Path, strict: bool
) -> tuple[dict[str, Path], dict[str, list[Path]], tuple[str, ...]]:
    """Return the folder of each class, its pictures, and what speaks against training."""
    if not root.is_dir():
        raise DatasetError(
            f"{root} is no folder" if root.exists() else f"there is no folder {root}",
            expected="a folder with one folder of pictures for each class",
        )
    inside = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    folders: dict[str, Path] = {}
    seen: dict[str, str] = {}
    errors: list[DatasetError] = []
    for folder in inside:
        if _name(folder, root) != folder.name:
            raise DatasetError(
                "a class folder has a name that is no UTF-8",
                found=_name(folder, root),
                next_step="rename it",
            )
        label = unicodedata.normalize("NFC", folder.name.strip())
        twin = seen.setdefault(label.casefold(), label)
        if twin != label or label in folders:
            errors.append(
                DatasetError(
                    "two class folders have the same name but for case or Unicode form",
                    found=f"{twin!r} and {folder.name!r}",
                    next_step="rename one of them",
                )
            )
        # Where an audit goes on, both must still be told apart.
        folders[f"{label} (2)" if label in folders else label] = folder
    listed = {label: _pictures(folder) for label, folder in folders.items()}
    empty = [label for label, pictures in listed.items() if not pictures]
    if empty and len(folders) > len(empty):
        errors.append(
            DatasetError(
                "a class has no pictures",
                found=", ".join(f"{label}/" for label in empty),
                expected="JPEG, PNG, WebP or BMP files in each class folder",
                next_step="add pictures or remove the folder",
            )
        )
    if len(folders) < 2 or len(empty) == len(folders):
        errors.append(
            DatasetError(
                f"{root} has too few classes to tell apart",
                found=", ".join(folders) or "no class folders",
                expected="at least two folders with pictures, one for each class",
            )
        )
    if errors and (strict or len(empty) == len(folders)):
        raise errors[0]
    return folders, listed, tuple(error.line() for error in errors)


def _pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if is_picture_name(p) and p.is_file())


def _name(path: Path, root: Path) -> str:
    """Return a file's name in the dataset, with escapes for bytes that are no UTF-8."""
    return path.relative_to(root).as_posix().encode(errors="backslashreplace").decode()


def _ignored(root: Path, folders: Iterable[Path]) -> tuple[str, ...]:
    return tuple(
        _name(path, root)
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if not is_picture_name(path) and not path.name.startswith(".") and path.is_file()
    )


def _across_classes(samples: dict[tuple[str, str], Sample]) -> list[str]:
    first: dict[str, Sample] = {}
    notes = []
    for sample in samples.values():
        other = first.setdefault(sample.sha256, sample)
        if other is not sample:
            notes.append(f"{sample.file} is the same picture as {other.file}, in another class")
    return notes
