"""Head: the layer that is trained on frozen features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from training.examples import Bools, Examples, Floats, Ints

Sampling = Literal["balanced", "natural"]
__all__ = ["Bools", "Examples", "Floats", "Head", "HeadOptions", "Hidden", "Ints", "Progress"]


@dataclass(frozen=True)
class HeadOptions:
    """How a head is trained: the counts are of gradient steps and of examples in a batch.

    `hidden` is the width of a hidden layer, 0 for none. `label_smoothing` in [0, 1) is the
    share of each label that is spread over all classes (Szegedy et al., 2016, section 7).
    """

    steps: int = 4000
    learning_rate: float = 0.001
    batch_size: int = 100
    weight_decay: float = 1e-3
    eval_interval: int = 200
    seed: int = 0
    hidden: int = 0
    label_smoothing: float = 0.0
    sampling: Sampling = "balanced"


@dataclass(frozen=True)
class Progress:
    """Where training stands after `step` steps: accuracies in [0, 1], losses in nats.

    The validation figures are None where nothing is held out to validate.
    """

    step: int
    train_accuracy: float
    validation_accuracy: float | None
    cross_entropy: float
    validation_cross_entropy: float | None = None


@dataclass(frozen=True)
class Hidden:
    """A layer of rectified linear units: `kernel` [channels, width], `bias` [width]."""

    kernel: Floats
    bias: Floats


@dataclass(frozen=True)
class Head:
    """A classifier of bottlenecks: logits = features x kernel + bias.

    `kernel` is float32 [channels, classes], `bias` float32 [classes]. With a hidden layer the
    kernel takes its outputs: [width, classes].
    """

    kernel: Floats
    bias: Floats
    hidden: Hidden | None = None

    def logits(self, features: Floats) -> Floats:
        """Return float32 [pictures, classes] of features [pictures, channels]."""
        if self.hidden is not None:
            features = np.maximum(features @ self.hidden.kernel + self.hidden.bias, 0)
        return np.asarray(features @ self.kernel + self.bias, np.float32)

    def scores(self, features: Floats) -> Floats:
        """Return float32 [pictures, classes]: the softmax of the logits."""
        return softmax(self.logits(features))

    def predict(self, features: Floats) -> Ints:
        """Return the index of the best class of each picture, [pictures]."""
        return np.asarray(self.logits(features).argmax(axis=1), dtype=np.int64)

    def accuracy(self, features: Floats, classes: Ints) -> float:
        """Return the share of pictures whose best class is right; 0 for no pictures."""
        return float((self.predict(features) == classes).mean()) if len(classes) else 0.0

    def cooled(self, temperature: float) -> "Head":
        """Return the head whose logits are these, divided by a temperature above 0."""
        return replace(
            self,
            kernel=np.asarray(self.kernel / temperature, np.float32),
            bias=np.asarray(self.bias / temperature, np.float32),
        )


def softmax(logits: Floats) -> Floats:
    """Return float32 [pictures, classes] that sum to 1 over the classes."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def cross_entropy(logits: Floats, classes: Ints) -> float:
    """Return the mean over pictures of -log(score of the true class), in nats."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_scores = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-log_scores[np.arange(len(classes)), classes].mean())


def class_indexes(labels: Sequence[str], names: Sequence[str]) -> Ints:
    """Return the index in `names` of each label."""
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[label] for label in labels], dtype=np.int64)
