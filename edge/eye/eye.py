"""Eye: the process that looks; it hangs off the hand by one socket and decides nothing."""

import socket
from contextlib import closing, suppress
from select import select
from time import monotonic

from edge.camera.camera import Camera
from edge.camera.opening import open_camera
from edge.config.config import Config
from edge.contract.bundle import ModelBundle
from edge.contract.errors import CameraError, EmberwatchError, ModelError
from edge.eye.governor import Governor
from edge.eye.look import Look
from edge.eye.thermometer import Thermometer
from edge.inference.classifier import Classifier
from edge.link.orders import Orders
from edge.link.report import EyeEnd, EyeHello, EyeReference, Told
from edge.link.wire import Decoder, Message, encode
from edge.store.restarts import Restarts

READ_BYTES = 1 << 20
# What the gauge learnt of the scene changes slowly.
REFERENCE_SECONDS = 600.0
# So long without a fault, and a start went well.
SETTLED_SECONDS = 60.0


class HandGone(Exception):
    """The hand closed the socket: there is nobody to look for."""


class Eye:
    """Opens what the orders name and reports on each frame, until the hand lets it go.

    Sending waits when the hand has not read yet: a recording that is played fast loses no
    frame, and a live camera goes on with its newest.
    """

    def __init__(self, hand: socket.socket) -> None:
        self._hand = hand
        self._decoder = Decoder()
        self._stage = "start"
        self._reference_due_s = 0.0
        self._reference = b""

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
        starts = Restarts(config.store.restarts("eye"))
        with suppress(EmberwatchError):  # a disk that fails is the hand's to tell
            starts.begin(orders.why, monotonic())
        look, model = self._model(config, orders)
        wanted = look.classifier.preprocess
        size = (wanted.width, wanted.height) if wanted.fit == "squash" else None
        with closing(open_camera(config.camera, self._wait, model_size=size)) as camera:
            self._tell(hello(camera, model, look))
            self._stage = "camera"
            self._watch(camera, look, Governor(config.board), starts)

    def _model(self, config: Config, orders: Orders) -> tuple[Look, tuple[str, str]]:
        """Load the model; return what looks with it, and its name and digest."""
        bundle = ModelBundle.read(orders.bundle)
        classifier = Classifier.from_bundle(bundle, config.model.threads)
        self._reference = orders.reference
        look = Look.of(config, bundle, classifier, self._reference)
        return look, (bundle.manifest.name, bundle.digest)

    def _watch(self, camera: Camera, look: Look, governor: Governor, starts: Restarts) -> None:
        thermometer = Thermometer()
        began_s: float | None = monotonic()
        for shot in camera.frames():
            self._listen(camera, look, 0.0)
            looked_s = monotonic()
            board = thermometer.read(looked_s)
            self._stage = "model"
            report = look.look(shot, camera.dropped, board)
            self._stage = "camera"
            self._tell(report)
            if not camera.live:
                continue
            self._tell_reference(look, looked_s)
            if began_s is not None and looked_s - began_s > SETTLED_SECONDS:
                began_s = None
                with suppress(EmberwatchError):
                    starts.settled()
            fps, _ = governor.update(board, looked_s)
            if fps is not None:
                self._listen(camera, look, looked_s + 1 / fps - monotonic())

    def _tell_reference(self, look: Look, now: float) -> None:
        if look.gauge is None or (now < self._reference_due_s and self._reference):
            return
        reference = look.gauge.reference()
        if reference and reference != self._reference:
            self._tell(EyeReference(reference))
        self._reference = reference
        self._reference_due_s = now + REFERENCE_SECONDS

    def _orders(self) -> Orders:
        while True:
            for message in self._receive():
                return Orders.from_message(message)

    def _listen(self, camera: Camera, look: Look, seconds: float) -> None:
        """Do what the hand says, for so long, or only what it has said so far."""
        until_s = monotonic() + seconds
        while self._readable(max(0.0, until_s - monotonic())):
            for header, _ in self._receive():
                if header.get("kind") == "restart-camera":
                    camera.restart(str(header.get("reason")))
                elif header.get("kind") == "accept-scene" and look.gauge is not None:
                    look.gauge.accept()
                    self._reference = b""

    def _receive(self) -> list[Message]:
        try:
            data = self._hand.recv(READ_BYTES)
        except OSError as error:
            raise HandGone from error
        if not data:
            raise HandGone
        return self._decoder.feed(data)

    def _tell(self, told: Told) -> None:
        try:
            self._hand.sendall(encode(*told.message()))
        except OSError as error:
            raise HandGone from error

    def _readable(self, seconds: float) -> bool:
        return bool(select([self._hand], [], [], seconds)[0])

    def _wait(self, seconds: float) -> None:
        """Wait, but not for longer than the hand is there."""
        if self._readable(seconds) and not self._hand.recv(1, socket.MSG_PEEK):
            raise HandGone

    def _end(self, error: Exception) -> EyeEnd:
        if isinstance(error, EmberwatchError):
            stage = self._stage
            if isinstance(error, ModelError):
                stage = "model"
            elif isinstance(error, CameraError):
                stage = "camera"
            return EyeEnd(error.line(), stage, error.exit_code)
        if isinstance(error, MemoryError):
            return EyeEnd("the eye ran out of memory", self._stage, 5)
        fault = f"the eye stopped on an unforeseen fault: {type(error).__name__}: {error}"
        return EyeEnd(fault, self._stage)


def hello(camera: Camera, model: tuple[str, str], look: Look) -> EyeHello:
    """Return what an eye says of its model and its camera."""
    return EyeHello(
        model=model[0],
        digest=model[1],
        labels=look.classifier.labels.names,
        runtime=look.classifier.interpreter.runtime_version,
        camera=camera.name,
        fps=camera.fps,
        live=camera.live,
        depth=look.depth is not None,
    )
