"""Eye: the process that looks; it hangs off the hand by one socket and decides nothing."""

import socket
from contextlib import closing, suppress
from select import select

from edge.camera.camera import Camera
from edge.config.config import Config
from edge.contract.bundle import ModelBundle
from edge.contract.errors import CameraError, EmberwatchError, ModelError
from edge.eye.look import Look
from edge.inference.classifier import Classifier
from edge.link.orders import Orders
from edge.link.report import EyeEnd, EyeHello, Told
from edge.link.wire import Decoder, encode

READ_BYTES = 1 << 20


class HandGone(Exception):
    """The hand closed the socket: there is nobody to look for."""


class Eye:
    """Opens what the orders name and reports on each frame, until the hand lets it go.

    Sending waits when the hand has not read yet: a recording that is played fast loses no
    frame, and a live camera goes on with its newest.
    """

    def __init__(self, hand: socket.socket) -> None:
        self._hand = hand
        self._stage = "start"

    def run(self) -> int:
        """Look until the camera ends or the hand goes; return the exit code."""
        try:
            self._look(self._orders())
            self._tell(EyeEnd())
        except HandGone:
            return 0
        except Exception as error:  # noqa: BLE001 - the hand is told of any
            end = self._end(error)
            with suppress(HandGone):
                self._tell(end)
            return end.exit_code
        return 0

    def _look(self, orders: Orders) -> None:
        config = Config.from_toml(orders.config, orders.folder)
        bundle = ModelBundle.read(orders.bundle)
        classifier = Classifier.from_bundle(bundle, config.model.threads)
        with closing(config.camera.open(self._wait)) as camera:
            self._tell(hello(camera, bundle, classifier))
            self._stage = "camera"
            self._watch(camera, Look(classifier))

    def _watch(self, camera: Camera, look: Look) -> None:
        for shot in camera.frames():
            if self._gone():
                raise HandGone
            self._stage = "model"
            report = look.look(shot, camera.dropped)
            self._stage = "camera"
            self._tell(report)

    def _orders(self) -> Orders:
        decoder = Decoder()
        while True:
            data = self._hand.recv(READ_BYTES)
            if not data:
                raise HandGone
            for message in decoder.feed(data):
                return Orders.from_message(message)

    def _tell(self, told: Told) -> None:
        try:
            self._hand.sendall(encode(*told.message()))
        except OSError as error:
            raise HandGone from error

    def _gone(self, seconds: float = 0.0) -> bool:
        """Wait for the hand to go, but no longer than some seconds; say whether it has.

        After its orders it says nothing: all that makes the socket readable is its end.
        """
        return bool(select([self._hand], [], [], seconds)[0])

    def _wait(self, seconds: float) -> None:
        if self._gone(seconds):
            raise HandGone

    def _end(self, error: Exception) -> EyeEnd:
        if isinstance(error, EmberwatchError):
            stage = self._stage
            if isinstance(error, ModelError):
                stage = "model"
            elif isinstance(error, CameraError):
                stage = "camera"
            return EyeEnd(error.line(), stage, error.exit_code)
        fault = f"the eye stopped on an unforeseen fault: {type(error).__name__}: {error}"
        return EyeEnd(fault, self._stage)


def hello(camera: Camera, bundle: ModelBundle, classifier: Classifier) -> EyeHello:
    """Return what an eye says of its model and its camera."""
    return EyeHello(
        model=bundle.manifest.name,
        digest=bundle.digest,
        labels=bundle.manifest.labels.names,
        runtime=classifier.interpreter.runtime_version,
        camera=camera.name,
        fps=camera.fps,
        live=camera.live,
    )
