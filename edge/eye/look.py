"""Look: one shot of the camera in, what is to be said of it out."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Any

from edge.camera.camera import LostFrame, Shot
from edge.config.config import Config
from edge.contract.bundle import ModelBundle
from edge.contract.labels import Labels
from edge.eye.gate import ChangeGate
from edge.eye.preview import Preview
from edge.eye.sweep import TileSweep, crop
from edge.health.facts import FrameFacts
from edge.health.gauge import FrameGauge
from edge.inference.board_state import BoardState
from edge.inference.classifier import Classifier
from edge.inference.depth import Depth
from edge.inference.prediction import Frame, Prediction
from edge.link.report import FrameReport, TileScores

NO_BOARD = BoardState()


@dataclass
class Look:
    """Measures a frame and classifies it, or a tile of it; decides nothing.

    What is None is left out. `clock` returns the monotonic clock's seconds.
    """

    classifier: Classifier
    gauge: FrameGauge | None = None
    gate: ChangeGate | None = None
    sweep: TileSweep | None = None
    depth: Depth | None = None
    preview: Preview | None = None
    clock: Callable[[], float] = monotonic

    @classmethod
    def of(
        cls, config: Config, bundle: ModelBundle, classifier: Classifier, reference: bytes = b""
    ) -> "Look":
        """Return the look that a configuration asks for; `reference` is the frame gauge's."""
        hazard_at = _places(config, classifier.labels)
        return cls(
            classifier,
            FrameGauge(reference or None),
            ChangeGate(config.gate) if config.gate.enabled else None,
            TileSweep(config.sweep, hazard_at) if config.sweep.on else None,
            Depth.of_bundle(bundle) if classifier.gives_features else None,
            Preview(config.eye),
        )

    def look(self, shot: Shot, dropped: int = 0, board: BoardState = NO_BOARD) -> FrameReport:
        """Return the report on a frame, or on the lack of one.

        Raises:
            ModelError: the runtime failed, or gave scores that are not numbers.
            InputError: the frame is no RGB picture.
        """
        if isinstance(shot, LostFrame):
            return self._report(shot, dropped, board, problem=shot.problem)
        facts = None if self.gauge is None else self.gauge.measure(shot.rgb, shot.time_s)
        more: dict[str, Any] = {"facts": facts, "jpeg": b""}
        if self.preview is not None:
            more["jpeg"] = self.preview.jpeg(shot.rgb, shot.time_s)
        if facts is not None and self._still(facts, shot.time_s):
            return self._report(shot, dropped, board, gated=True, **more)
        tile = None if self.sweep is None else self.sweep.next_tile(shot.time_s)
        if tile is not None and self.sweep is not None:
            prediction, invoke_ms = self._classify(Frame(crop(shot.rgb, tile), shot.time_s, 0))
            scores = _floats(prediction)
            self.sweep.saw(tile, scores)
            told = TileScores(tile, scores, prediction.class_map)
            return self._report(shot, dropped, board, tile=told, invoke_ms=invoke_ms, **more)
        prediction, invoke_ms = self._classify(shot)
        return self._report(
            *(shot, dropped, board),
            scores=_floats(prediction),
            class_map=prediction.class_map,
            depth=self._distance(prediction),
            invoke_ms=invoke_ms,
            **more,
        )

    def _still(self, facts: FrameFacts, time_s: float) -> bool:
        return self.gate is not None and self.gate.skip(facts, time_s)

    def _classify(self, frame: Frame) -> tuple[Prediction, float]:
        pixels = self.classifier.tensor(frame.rgb) if frame.small is None else frame.small
        started = perf_counter()
        prediction = self.classifier.classify_tensor(
            pixels, frame.time_s, features=self.depth is not None
        )
        return prediction, (perf_counter() - started) * 1e3

    def _distance(self, prediction: Prediction) -> float | None:
        if self.depth is None or prediction.features is None:
            return None
        return self.depth.of(prediction.features)

    def _report(self, shot: Shot, dropped: int, board: BoardState, **more: Any) -> FrameReport:
        return FrameReport(
            shot.number,
            shot.time_s,
            self.clock(),
            dropped=dropped,
            celsius=board.celsius,
            flags=board.flags,
            **more,
        )


def _floats(prediction: Prediction) -> tuple[float, ...]:
    return tuple(map(float, prediction.scores))


def _places(config: Config, labels: Labels) -> tuple[int, ...]:
    return tuple(labels.index(name) for name in config.alarm.hazard if name in labels.names)
