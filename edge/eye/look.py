"""Look: one shot of the camera in, what is to be said of it out."""

import math
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
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
from edge.health.gauge import FrameGauge
from edge.inference.board_state import BoardState
from edge.inference.classifier import Classifier
from edge.inference.depth import Depth
from edge.inference.prediction import Frame, Prediction
from edge.inference.tile import Box
from edge.link.report import FrameReport, TileScores

NO_BOARD = BoardState()
# How often a frame's distance from the training pictures is taken: half a minute's mean counts.
DEPTH_EVERY_S = 1.0


@dataclass
class Look:
    """Measures a frame and classifies it, or a tile of it; decides nothing.

    What is None is left out. `clock` returns the monotonic clock's seconds. `aside` is where
    a frame is measured while the model runs: that costs no time where a core is free.
    """

    classifier: Classifier
    gauge: FrameGauge | None = None
    gate: ChangeGate | None = None
    sweep: TileSweep | None = None
    depth: Depth | None = None
    preview: Preview | None = None
    clock: Callable[[], float] = monotonic
    aside: Executor | None = None
    _deep_s: float = -math.inf

    @classmethod
    def of(
        cls, config: Config, bundle: ModelBundle, classifier: Classifier, reference: bytes = b""
    ) -> "Look":
        """Return the look that a configuration asks for; `reference` is the frame gauge's."""
        hazard_at = _places(config, classifier.labels)
        return cls(
            classifier,
            FrameGauge(reference or None),
            ChangeGate(config.gate, hazard_at) if config.gate.enabled else None,
            TileSweep(config.sweep, hazard_at) if config.sweep.on else None,
            Depth.of_bundle(bundle) if classifier.gives_features else None,
            Preview(config.eye),
            aside=ThreadPoolExecutor(1, "measure"),
        )

    def look(self, shot: Shot, dropped: int = 0, board: BoardState = NO_BOARD) -> FrameReport:
        """Return the report on a frame, or on the lack of one.

        Raises:
            ModelError: the runtime failed, or gave scores that are not numbers.
            InputError: the frame is no RGB picture.
        """
        if isinstance(shot, LostFrame):
            return self._report(shot, dropped, board, problem=shot.problem)
        if self.gate is not None:
            measured = self._measured(shot)
            facts = measured["facts"]
            if facts is not None and self.gate.skip(facts, shot.time_s):
                return self._report(shot, dropped, board, gated=True, **measured)
            judged = self._judged(shot)
            told = judged["tile"].scores if "tile" in judged else judged["scores"]
            self.gate.saw(told, shot.time_s)
        elif self.aside is not None:
            # In a thread of its own: the runtime lets go of Python's lock while it computes.
            measuring = self.aside.submit(self._measured, shot)
            judged = self._judged(shot)
            measured = measuring.result()
        else:
            measured, judged = self._measured(shot), self._judged(shot)
        return self._report(shot, dropped, board, **measured, **judged)

    def _measured(self, frame: Frame) -> dict[str, Any]:
        facts = None if self.gauge is None else self.gauge.measure(frame.rgb, frame.time_s)
        jpeg = b"" if self.preview is None else self.preview.jpeg(frame.rgb, frame.time_s)
        return {"facts": facts, "jpeg": jpeg}

    def _judged(self, frame: Frame) -> dict[str, Any]:
        tile = None if self.sweep is None else self.sweep.next_tile(frame.time_s)
        if tile is not None and self.sweep is not None:
            part = Frame(crop(frame.rgb, tile), frame.time_s, frame.number)
            prediction, invoke_ms = self._classify(part)
            scores = _floats(prediction)
            self.sweep.saw(tile, scores)
            told = TileScores(tile.part(self._seen(part)), scores, prediction.class_map)
            return {"tile": told, "invoke_ms": invoke_ms}
        prediction, invoke_ms = self._classify(frame, features=self._depth_due(frame.time_s))
        return {
            "scores": _floats(prediction),
            "class_map": prediction.class_map,
            "depth": self._distance(prediction),
            "seen": self._seen(frame),
            "invoke_ms": invoke_ms,
        }

    def _seen(self, frame: Frame) -> Box:
        return self.classifier.preprocess.seen(frame.rgb.shape[1], frame.rgb.shape[0])

    def _depth_due(self, time_s: float) -> bool:
        """Say whether a frame's distance is to be taken: it changes as slowly as the scene."""
        if self.depth is None or 0 <= time_s - self._deep_s < DEPTH_EVERY_S:
            return False
        self._deep_s = time_s
        return True

    def _classify(self, frame: Frame, *, features: bool = False) -> tuple[Prediction, float]:
        pixels = self.classifier.tensor(frame.rgb) if frame.small is None else frame.small
        started = perf_counter()
        prediction = self.classifier.classify_tensor(pixels, frame.time_s, features=features)
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
    return tuple(labels.index(name) for name in config.sweep.hazard if name in labels.names)
