"""Judge: the validation pictures, and what a converted model does on them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from converter.calibration import read_row
from converter.pi_environment import PiEnvironment
from converter.trained_model import SplitRow, TrainedModel
from edge.contract.errors import InputError
from edge.contract.picture import Rgb

Floats = npt.NDArray[np.float32]
# More pictures than this tell little more, and each trial runs them all.
MOST_PICTURES = 400


class Judge:
    """Holds converted models against the float model on pictures of the validation part.

    `float_scores` gives the float model's scores of input tensors, float32 [pictures,
    classes].

    Raises:
        InputError: no pictures; or one that is not of the validation part, or whose content
            also stands in training or testing: the test part may choose nothing, and on a
            training picture any recipe looks good.
    """

    def __init__(
        self,
        trained: TrainedModel,
        rows: tuple[SplitRow, ...],
        float_scores: Callable[[list[Rgb]], Floats],
    ) -> None:
        if not rows:
            raise InputError(
                "there are no validation pictures to judge a recipe by",
                expected="a run with a validation part",
                next_step="retrain with more pictures or a larger --validation_percentage",
            )
        elsewhere = {row.sha256: row.part for row in trained.split if row.part != "validation"}
        for row in rows:
            part = row.part if row.part != "validation" else elsewhere.get(row.sha256)
            if part is not None:
                raise InputError(
                    f"{row.file} cannot judge a recipe",
                    found=f"it stands in the {part} part",
                    expected="pictures that stand in the validation part alone",
                )
        self.trained = trained
        self.rows = rows
        self.truth = np.array([trained.labels.index(row.label) for row in rows])
        self.tensors = [trained.preprocess.apply(read_row(trained, row)) for row in rows]
        self.expected = float_scores(self.tensors)

    @classmethod
    def of_run(cls, trained: TrainedModel, float_scores: Callable[[list[Rgb]], Floats]) -> "Judge":
        """Return the judge by a run's validation pictures that stand nowhere else.

        Raises:
            InputError: the run has none.
        """
        elsewhere = {row.sha256 for row in trained.split if row.part != "validation"}
        rows = [row for row in trained.pictures("validation") if row.sha256 not in elsewhere]
        # Evenly over the part, which is sorted by class and group.
        step = max(1, -(-len(rows) // MOST_PICTURES))
        return cls(trained, tuple(rows[::step]), float_scores)

    @property
    def digest(self) -> str:
        """Return a hash of the pictures' content in order and of the preprocessing."""
        hashes = [self.trained.preprocess.digest, *(row.sha256 for row in self.rows)]
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    @property
    def float_accuracy(self) -> float:
        """Return the float model's accuracy on the pictures, in [0, 1]."""
        return float((self.expected.argmax(axis=1) == self.truth).mean())

    def figures(self, scores: Floats) -> dict[str, float]:
        """Return a trial's figures by a model's scores, float32 [pictures, classes]."""
        named = scores.argmax(axis=1)
        difference = np.abs(scores - self.expected)
        return {
            "pictures": len(self.rows),
            "accuracy": round(float((named == self.truth).mean()), 6),
            "float_accuracy": round(self.float_accuracy, 6),
            "agreement": round(float((named == self.expected.argmax(axis=1)).mean()), 6),
            "drift": round(float(difference.mean()), 6),
            "largest": round(float(difference.max()), 6),
        }

    def measure(
        self, model: Path, environment: PiEnvironment, tick: Callable[[], None]
    ) -> tuple[dict[str, float], float]:
        """Return a model file's figures and its median time in an environment, ms.

        Raises:
            ModelRefused: the environment's runtime does not take the model.
        """
        trained = self.trained
        paths = [trained.path_of(row) for row in self.rows]
        fit = trained.preprocess.fit
        found = environment.predict(model, paths, trained.labels, fit, progress=tick)
        return self.figures(found.scores), round(float(np.median(found.invoke_ms)), 3)
