"""Look: one shot of the camera in, what is to be said of it out."""

from collections.abc import Callable
from time import monotonic, perf_counter

from edge.camera.camera import LostFrame, Shot
from edge.inference.classifier import Classifier
from edge.inference.prediction import Frame, Prediction
from edge.link.report import FrameReport


class Look:
    """Classifies a frame and measures it; decides nothing.

    `clock` returns the monotonic clock's seconds.
    """

    def __init__(self, classifier: Classifier, clock: Callable[[], float] = monotonic) -> None:
        self.classifier = classifier
        self._clock = clock

    def look(self, shot: Shot, dropped: int = 0) -> FrameReport:
        """Return the report on a frame, or on the lack of one.

        Raises:
            ModelError: the runtime failed, or gave scores that are not numbers.
            InputError: the frame is no RGB picture.
        """
        if isinstance(shot, LostFrame):
            return FrameReport(
                shot.number, shot.time_s, self._clock(), problem=shot.problem, dropped=dropped
            )
        prediction, invoke_ms = self._classify(shot)
        return FrameReport(
            shot.number,
            shot.time_s,
            self._clock(),
            scores=tuple(map(float, prediction.scores)),
            class_map=prediction.class_map,
            invoke_ms=invoke_ms,
            dropped=dropped,
        )

    def _classify(self, frame: Frame) -> tuple[Prediction, float]:
        pixels = self.classifier.tensor(frame.rgb)
        started = perf_counter()
        prediction = self.classifier.classify_tensor(pixels, frame.time_s)
        return prediction, (perf_counter() - started) * 1e3
