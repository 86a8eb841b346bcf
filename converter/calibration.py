"""CalibrationSet: the training pictures that show the quantiser each tensor's range."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, TypeVar

import numpy as np

from converter.trained_model import SplitRow, TrainedModel
from edge.contract.errors import InputError
from edge.contract.picture import Rgb, decode_picture

DEFAULT_PICTURES = 100
# Hex digits by which a record names a picture. 64 bits tell apart any number of pictures that
# a person can gather (two of a million are alike by a chance of one in 37 million), and the
# list travels to every camera in the bundle's manifest.
HASH_DIGITS = 16
T = TypeVar("T")


@dataclass(frozen=True)
class CalibrationSet:
    """Pictures of a run's training part, in order, and the seed by which they were drawn.

    The first `kept` of them are those that an older model was calibrated with too.

    Raises:
        InputError: no pictures; or one that is not of the training part, or whose content
            also stands in validation or testing: accuracy would be measured on pictures
            that shaped the model.
    """

    trained: TrainedModel
    rows: tuple[SplitRow, ...]
    seed: int
    kept: int = 0

    def __post_init__(self) -> None:
        if not self.rows:
            raise InputError("there are no pictures to calibrate with", expected="at least 1")
        held_out = {row.sha256 for row in self.trained.split if row.part != "training"}
        for row in self.rows:
            if row.part != "training" or row.sha256 in held_out:
                raise InputError(
                    f"{row.file} cannot be a calibration picture",
                    found=f"it stands in the {self._part_of(row)} part",
                    expected="pictures that stand in the training part alone",
                    next_step="draw the calibration set with `emberwatch convert`",
                )

    @classmethod
    def draw(
        cls,
        trained: TrainedModel,
        pictures: int = DEFAULT_PICTURES,
        seed: int = 0,
        like: Sequence[str] = (),
    ) -> "CalibrationSet":
        """Draw pictures in turn from the classes, and within a class in turn from its groups.

        The same run, number and seed give the same pictures. A small class gives all it has
        and the others make up the number.

        `like` are the hashes of an older model's calibration pictures, in order. Those of them
        that stand in the training part now come first, as they came then, and others make up
        the number; a picture that is held out now is never taken. Without `like`, a run whose
        head was trained on a quantised backbone says which pictures that one had.
        """
        like = like or trained.backbone.get("calibration", ())
        held_out = {row.sha256 for row in trained.split if row.part != "training"}
        usable = [row for row in trained.pictures("training") if row.sha256 not in held_out]
        by_hash = {row.sha256[:HASH_DIGITS]: row for row in reversed(usable)}
        kept = [by_hash[name] for name in dict.fromkeys(like) if name in by_hash][:pictures]
        rng = np.random.default_rng(seed)
        by_class = [
            _spread(
                [row for row in usable if row.label == label],
                lambda row: row.group or row.file,
                rng,
            )
            for label in trained.labels
        ]
        return cls(trained, tuple(_filled(kept, by_class, pictures)), seed, len(kept))

    def tensors(self) -> Iterator[Rgb]:
        """Yield each picture's input tensor, uint8 [height, width, 3].

        The first has one black and one white pixel put into opposite corners, so that the
        input's range is exactly 0..255: its scale is then 1 and its zero point 0, and a
        pixel needs no arithmetic to become an input.

        Raises:
            InputError: a picture changed or went missing since training.
        """
        for number, row in enumerate(self.rows):
            tensor = self.trained.preprocess.apply(read_row(self.trained, row))
            if number == 0:
                tensor = tensor.copy()
                tensor[0, 0], tensor[-1, -1] = 0, 255
            yield tensor

    @property
    def digest(self) -> str:
        """Return a hash of the pictures' content in order and of the preprocessing."""
        hashes = [row.sha256 for row in self.rows]
        text = "\n".join([self.trained.preprocess.digest, *hashes])
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return what a model's record says of its calibration."""
        counts = dict.fromkeys(self.trained.labels, 0)
        for row in self.rows:
            counts[row.label] += 1
        return {
            "pictures": len(self.rows),
            "per_class": counts,
            "groups": len({row.group for row in self.rows}),
            "seed": self.seed,
            "sha256": self.digest,
            "hashes": [row.sha256[:HASH_DIGITS] for row in self.rows],
        }

    def _part_of(self, row: SplitRow) -> str:
        return next(
            other.part
            for other in (row, *self.trained.split)
            if other.part != "training" and other.sha256 == row.sha256
        )


def read_row(trained: TrainedModel, row: SplitRow) -> Rgb:
    """Read a picture of the split as uint8 RGB, making sure that it is the one split then.

    Raises:
        InputError: it is missing, unreadable, or its content changed.
    """
    path = trained.path_of(row)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror or error}",
            expected="the pictures of the training run where they were then",
            next_step="put the dataset back, or retrain",
        ) from error
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise InputError(f"{path} changed since training", next_step="put it back, or retrain")
    return decode_picture(data, str(path))


def _spread(rows: list[SplitRow], key: Callable[[SplitRow], str], rng: Any) -> list[SplitRow]:
    """Return the rows shuffled, so that each new one is of the group least used so far."""
    groups: dict[str, list[SplitRow]] = {}
    for index in rng.permutation(len(rows)):
        groups.setdefault(key(rows[index]), []).append(rows[index])
    return _in_turn(groups.values())


def _filled(
    kept: list[SplitRow], by_class: Sequence[Sequence[SplitRow]], pictures: int
) -> list[SplitRow]:
    """Return `kept` and more rows, each of the class that has fewest yet."""
    again = {row.sha256 for row in kept}
    left = [[row for row in rows if row.sha256 not in again] for rows in by_class]
    counts = [sum(row in kept for row in rows) for rows in by_class]
    chosen = list(kept)
    while len(chosen) < pictures and any(left):
        at = min((at for at, rows in enumerate(left) if rows), key=lambda at: (counts[at], at))
        chosen.append(left[at].pop(0))
        counts[at] += 1
    return chosen


def _in_turn(lists: Iterable[Sequence[T]]) -> list[T]:
    """Return the first of each list, then the second of each, and so on."""
    missing = object()
    mixed = zip_longest(*lists, fillvalue=missing)
    return [item for turn in mixed for item in turn if item is not missing]  # type: ignore[misc]
