"""Frame and Prediction: what comes from a camera and what a classifier says of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.contract.labels import Labels
from edge.contract.picture import Rgb


@dataclass(frozen=True)
class Frame:
    """One picture from a camera.

    `rgb` is uint8 [height, width, 3]; `time_s` the moment of capture in seconds on the
    camera's own clock (a clip's starts at 0, a live camera's is `time.monotonic()`); `number`
    counts from 0. `small` is the same picture scaled to the model's input by the camera itself,
    where it was told to.
    """

    rgb: Rgb
    time_s: float
    number: int
    small: Rgb | None = None


@dataclass(frozen=True)
class Prediction:
    """Scores of one frame.

    `scores` is float32 [classes] in [0, 1]; `class_map`, where the model has one, float32
    [rows, columns, classes] in [0, 1]: the same scores cell by cell. `features`, where asked
    for, are float32 [channels]: what the scores were made of, averaged over the picture.
    `seen` is the part of the frame that the model saw, and that the map covers: (left, top,
    right, bottom), shares of the frame's width and height.
    """

    labels: Labels
    scores: npt.NDArray[np.float32]
    class_map: npt.NDArray[np.float32] | None
    time_s: float
    features: npt.NDArray[np.float32] | None = None
    seen: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def score(self, label: str) -> float:
        """Return the score of a class, in [0, 1].

        Raises:
            LabelsError: no class has that name.
        """
        return float(self.scores[self.labels.index(label)])

    def ranked(self) -> list[tuple[str, float]]:
        """Return (label, score) pairs, highest score first."""
        order = np.argsort(-self.scores, kind="stable")
        return [(self.labels.names[i], float(self.scores[i])) for i in order]
