"""Live cameras that do what a test tells them to."""

import threading
from collections.abc import Iterator
from time import monotonic, sleep

import numpy as np

from edge.camera.camera import Shot
from edge.inference.prediction import Frame

BLANK = np.zeros((2, 2, 3), np.uint8)


class Device:
    """A live camera that gives `steps` frames (None: for ever), and can be held in its driver.

    Clearing `go` holds it in its next read; `blocked` says that it is held.
    """

    name, live, colours, fps, dropped = "device", True, "RGB", 0.0, 0

    def __init__(self, steps: int | None = None, every_s: float = 0.0) -> None:
        self.steps = steps
        self.every_s = every_s
        self.go = threading.Event()
        self.go.set()
        self.blocked = threading.Event()
        self.closed = threading.Event()
        self.given = 0

    def frames(self) -> Iterator[Shot]:
        while self.steps is None or self.given < self.steps:
            if not self.go.is_set():
                self.blocked.set()
                self.go.wait()
            sleep(self.every_s)
            self.given += 1
            yield Frame(BLANK, monotonic(), self.given - 1)

    def restart(self, reason: str) -> None: ...

    def close(self) -> None:
        self.closed.set()
