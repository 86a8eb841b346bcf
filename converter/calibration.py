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
T = TypeVar("T")


@dataclass(frozen=True)
class CalibrationSet:
    """Pictures of a run's training part, in order, and the seed by which they were drawn.

    Raises:
        InputError: no pictures; or one that is not of the training part, or whose content
            also stands in validation or testing: accuracy would be measured on pictures
            that shaped the model.
    """

    trained: TrainedModel
    rows: tuple[SplitRow, ...]
    seed: int

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
        cls, trained: TrainedModel, pictures: int = DEFAULT_PICTURES, seed: int = 0
    ) -> "CalibrationSet":
        """Draw pictures in turn from the classes, and within a class in turn from its groups.

        The same run, number and seed give the same pictures. A small class gives all it has
        and the others make up the number.
        """
        held_out = {row.sha256 for row in trained.split if row.part != "training"}
        rng = np.random.default_rng(seed)
        usable = [row for row in trained.pictures("training") if row.sha256 not in held_out]
        by_class = [
            _spread(
                [row for row in usable if row.label == label],
                lambda row: row.group or row.file,
                rng,
            )
            for label in trained.labels
        ]
        return cls(trained, tuple(_in_turn(by_class)[:pictures]), seed)

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


def _in_turn(lists: Iterable[Sequence[T]]) -> list[T]:
    """Return the first of each list, then the second of each, and so on."""
    missing = object()
    mixed = zip_longest(*lists, fillvalue=missing)
    return [item for turn in mixed for item in turn if item is not missing]  # type: ignore[misc]
