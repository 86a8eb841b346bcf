"""Times a watch's loop against bare invokes, in the Pi's environment; prints JSON.

Run with the Pi's Python: it needs numpy, gpiozero and a runtime, no more.
"""

import json
import sys
import tempfile
from pathlib import Path
from time import monotonic, perf_counter

import numpy as np

from edge.alarm.outputs import AlarmOutputs, OutputLines
from edge.alarm.pins import simulated_pins
from edge.alarm.policy import AlarmPolicy
from edge.alarm.rules import AlarmRules
from edge.contract.bundle import ModelBundle
from edge.inference.classifier import Classifier
from edge.inference.prediction import Frame
from edge.service.stop import StopRequest
from edge.service.watch import Watch
from edge.store.backlog import Backlog
from edge.store.events import EventLog

FRAMES = 20
ROUNDS = 5


class MemoryCamera:
    """Frames from memory, so that no decoding is timed."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames

    def frames(self):
        """Yield the frames."""
        yield from self._frames

    @property
    def dropped(self) -> int:
        """Return 0: none is dropped."""
        return 0

    def close(self) -> None:
        """Do nothing."""


def main() -> None:
    """Take the loop and the bare invokes in turn."""
    classifier = Classifier.from_bundle(ModelBundle.read(Path(sys.argv[1])), threads=1)
    rng = np.random.default_rng(1)
    frames = [
        Frame(rng.integers(0, 256, (720, 1280, 3), dtype=np.uint8), i / 10, i)
        for i in range(FRAMES)
    ]
    tensors = [classifier.tensor(frame.rgb)[np.newaxis] for frame in frames]
    loop, bare, preprocess = [], [], []
    for _ in range(ROUNDS):
        started = perf_counter()
        for frame in frames:
            classifier.tensor(frame.rgb)
        preprocess.append((perf_counter() - started) / FRAMES * 1e3)
        loop.append(_watch_ms(classifier, frames) - preprocess[-1])
        started = perf_counter()
        for tensor in tensors:
            classifier.interpreter.invoke(tensor)
        bare.append((perf_counter() - started) / FRAMES * 1e3)
    print(
        json.dumps(
            {
                "loop_ms": loop,
                "invoke_ms": bare,
                "preprocess_ms": float(np.median(preprocess)),
                "runtime": classifier.interpreter.runtime_version,
            }
        )
    )


def _watch_ms(classifier: Classifier, frames: list[Frame]) -> float:
    with tempfile.TemporaryDirectory() as folder, StopRequest() as stop:
        pins = simulated_pins()
        outputs = AlarmOutputs(OutputLines(), pins)
        events = Backlog(EventLog(Path(folder) / "events.sqlite"), monotonic)
        policy = AlarmPolicy(AlarmRules(hazard=classifier.labels.names[:1]), classifier.labels)
        watch = Watch(MemoryCamera(frames), classifier, policy, outputs, events)
        started = perf_counter()
        watch.run(stop)
        taken = perf_counter() - started
        events.close()
        outputs.close()
        pins.close()
    return taken / len(frames) * 1e3


if __name__ == "__main__":
    main()
