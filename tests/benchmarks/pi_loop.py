"""Times the eye's work against bare invokes, in the Pi's environment; prints JSON.

What is timed is all that the eye does of a frame: preprocessing, the model, the camera's
health, pictures for evidence, and the report on its way to another process, which reads it.
Run with the Pi's Python: it needs numpy, Pillow and a runtime, no more.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np

from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.config.model import ModelSettings
from edge.contract.bundle import ModelBundle
from edge.eye.look import Look
from edge.inference.classifier import Classifier
from edge.inference.prediction import Frame
from edge.link.wire import encode

FRAMES = 20
ROUNDS = 5


def main() -> None:
    """Take the loop and the bare invokes in turn."""
    bundle = ModelBundle.read(Path(sys.argv[1]))
    classifier = Classifier.from_bundle(bundle, threads=1)
    config = Config(model=ModelSettings(Path(sys.argv[1])), camera=CameraSettings())
    look = Look.of(config, bundle, classifier)
    rng = np.random.default_rng(1)
    frames = [
        Frame(rng.integers(0, 256, (720, 1280, 3), dtype=np.uint8), i / 10, i)
        for i in range(FRAMES)
    ]
    loop, bare, preprocess = [], [], []
    with _reader() as hand:
        _watch_ms(look, frames[:2], hand)
        for _ in range(ROUNDS):
            resized, invoked = _bare_ms(classifier, frames)
            preprocess.append(resized)
            bare.append(invoked)
            loop.append(_watch_ms(look, frames, hand) - resized)
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


def _watch_ms(look: Look, frames: list[Frame], hand: socket.socket) -> float:
    started = perf_counter()
    for frame in frames:
        hand.sendall(encode(*look.look(frame).message()))
    return (perf_counter() - started) / len(frames) * 1e3


def _bare_ms(classifier: Classifier, frames: list[Frame]) -> tuple[float, float]:
    """Return what preprocessing a frame takes, and what invoking the model on it then takes.

    In turn, as a watch must: a big frame that was just read has put the weights out of the
    processor's cache.
    """
    resized = invoked = 0.0
    for frame in frames:
        started = perf_counter()
        tensor = classifier.tensor(frame.rgb)[np.newaxis]
        between = perf_counter()
        classifier.interpreter.invoke(tensor)
        resized += between - started
        invoked += perf_counter() - between
    return resized / len(frames) * 1e3, invoked / len(frames) * 1e3


@contextmanager
def _reader() -> Iterator[socket.socket]:
    """Give a socket that another process reads; started by exec, so that no memory is shared."""
    ours, theirs = socket.socketpair()
    code = "import os\nwhile os.read(0, 1 << 18): pass"
    with ours:
        with theirs:
            process = subprocess.Popen([sys.executable, "-c", code], stdin=theirs.fileno())
        yield ours
    process.wait()


if __name__ == "__main__":
    main()
