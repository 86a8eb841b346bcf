"""Weights: which backbone is used, where its weights come from, said in plain words."""

import os
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.contract.errors import WeightsError
from training.backbone import INCEPTION_V3, STARTER, Backbone, make_backbone
from training.backbones import ARCHITECTURES, INCEPTION, Architecture, find_architecture
from training.hub_module import load_hub_module
from training.random_weights import fill_at_random
from training.weights_file import load_trunk

# No network is noticed within this; a slow one may take as long as it needs after that.
PATIENCE_SECONDS = 10.0
KERAS_FILE = INCEPTION.weights_file
IMAGENET, RANDOM = "imagenet", "random"

STARTER_QUALITY = (
    "the small starter backbone, fit for the demo and for trying things out. ImageNet weights "
    "do better: run once with a network, or get Keras's file "
    f"{KERAS_FILE} on another machine and give it with --weights FILE."
)
RANDOM_QUALITY = (
    "RANDOM weights: it has seen no picture and knows nothing. Good for measuring speed and size "
    "before you fetch weights; never for a camera."
)


def choose_backbone(weights: str | None, cut: str | None, name: str = INCEPTION_V3) -> Backbone:
    """Return the backbone `name` with `weights`, cut at a block (default: the usual one).

    `name` is one of `ARCHITECTURES`, `starter`, or the path of a module of your own: a .keras
    file or a SavedModel folder (see `hub_module`), which has its own weights.

    `weights` is a file, `imagenet` (Keras's own download), `starter`, `random`, or None:
    Keras's own if it is here or can be had within ten seconds, else the starter for Inception
    v3 and an error for the others.

    Raises:
        InputError: no backbone has that name.
        WeightsError: no such file, weights of another architecture or that end before `cut`,
            or Keras's own are wanted without a network.
    """
    if name not in (*ARCHITECTURES, STARTER) and _is_path(name):
        return load_hub_module(name, weights, cut)
    architecture = INCEPTION if name == STARTER else find_architecture(name)
    if STARTER in (name, weights) and weights in (None, STARTER):
        return _starter(architecture, cut)
    if weights == RANDOM:
        return _random(architecture, cut)
    if weights not in (None, IMAGENET):
        return _from_file(architecture, Path(str(weights)), cut)
    kept = _keras_home() / "models" / architecture.weights_file
    if kept.exists() or _reachable():
        return _named(
            architecture,
            _download(architecture),
            cut or architecture.joined or architecture.cuts[0],
            "ImageNet, by Keras",
            f"{architecture.name} trained on ImageNet: {architecture.words}.",
        )
    if weights is None and architecture is INCEPTION:
        return _starter(architecture, cut)
    raise WeightsError(
        f"Keras's ImageNet weights of {architecture.name} cannot be reached from here",
        expected=f"a network, or the file {kept}",
        next_step=f"get {architecture.weights_file} on another machine and give it with "
        "--weights FILE" + ("" if architecture is INCEPTION else "; --weights random tries speed"),
    )


def _named(architecture: Architecture, trunk: Any, cut: str, origin: str, said: str) -> Backbone:
    return make_backbone(architecture.name, trunk, cut, origin, said, architecture)


def _starter(architecture: Architecture, cut: str | None) -> Backbone:
    from training.starter.weights import load_starter_trunk

    if architecture is not INCEPTION:
        raise WeightsError(
            f"there are no starter weights of {architecture.name}",
            found="--weights starter",
            expected="a file, imagenet or random",
        )
    trunk = load_starter_trunk()
    return make_backbone(STARTER, trunk, cut or "mixed8", "starter (shipped)", STARTER_QUALITY)


def _random(architecture: Architecture, cut: str | None) -> Backbone:
    trunk = fill_at_random(architecture)
    return _named(
        architecture,
        trunk,
        cut or architecture.joined or architecture.cuts[0],
        RANDOM,
        RANDOM_QUALITY,
    )


def _from_file(architecture: Architecture, path: Path, cut: str | None) -> Backbone:
    trunk, deepest = load_trunk(architecture, path)
    title = "Inception v3" if architecture is INCEPTION else architecture.name
    quality = f"{title} with the weights in {path.name}."
    return _named(architecture, trunk, cut or deepest, path.name, quality)


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name.endswith(".keras") or Path(name).exists()


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def _reachable() -> bool:
    """Ask the weights' server for their headers, on a thread that is not waited for longer."""
    from keras.src.applications import inception_v3

    answer: list[bool] = []

    def ask() -> None:
        request = urllib.request.Request(inception_v3.WEIGHTS_PATH_NO_TOP, method="HEAD")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310
                answer.append(reply.status == 200)
        except OSError:
            answer.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    return bool(answer and answer[0])


def _download(architecture: Architecture) -> Any:
    """Return a network with Keras's own ImageNet weights, whose checksum Keras verifies."""
    try:
        with _socket_timeout(PATIENCE_SECONDS):
            return architecture.build(IMAGENET)
    except Exception as error:  # Keras raises bare Exception for a failed download
        raise WeightsError(
            f"Keras's ImageNet weights of {architecture.name} could not be loaded",
            found=error,
            next_step=f"delete {architecture.weights_file} in ~/.keras/models and try again, "
            "or give --weights FILE",
        ) from error


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
