"""Tuning: gradient descent on the tail of a network and its head, epoch by epoch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training import tune_state
from training.feature_maps import FeatureMaps
from training.head import Floats, Head, Hidden, Ints
from training.narrator import Narrator
from training.tune_state import Epoch, TuneOptions, TuneState, Weights

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tuned:
    """The head after the best epoch; the tail's weights are in the model that was given."""

    head: Head
    best_epoch: int
    curve: tuple[Epoch, ...]


def tune(
    tail: Any,
    head: Head,
    open_maps: Callable[[], FeatureMaps],
    classes: Ints,
    weights: Doubles,
    rows: tuple[Ints, Ints],
    options: TuneOptions,
    checkpoint: Path,
    narrator: Narrator,
) -> Tuned:
    """Train the convolutions of `tail` and the head by Adam on class-balanced batches.

    Batch normalisation stays as it is: its statistics are ImageNet's, and a few hundred
    pictures of a few scenes make poor ones. `rows` are the numbers of the training and the
    validation views; `weights`, float64 [views], says how often each is drawn beside the
    others of its class. `tail` is changed in place and ends with the best epoch's weights.

    Raises:
        DatasetError: a picture cannot be read any more.
        StorageError: the checkpoint cannot be written.
    """
    trainer = Trainer(tail, head, options)
    training, validation = rows
    state = tune_state.read(checkpoint)
    if state is None or not state.finished(options):
        maps = open_maps()
        if state is None:
            start = _judge(trainer, maps, classes, validation, 0, None, options)
            _tell(start, narrator)
            first = trainer.weights()
            state = TuneState(first, first, trainer.optimizer(), 0, (start,))
        trainer.restore(state.weights, state.optimizer)
        while not state.finished(options):
            epoch = len(state.curve)
            order = epoch_rows(training, classes, weights, options.seed, epoch)
            title = f"Fine-tuning, epoch {epoch} of at most {options.epochs}"
            loss = _one_epoch(trainer, maps, classes, order, title, options, narrator)
            now = _judge(trainer, maps, classes, validation, epoch, loss, options)
            _tell(now, narrator)
            better = now.better_than(state.curve[state.best_epoch])
            state = TuneState(
                trainer.weights(),
                trainer.weights() if better else state.best_weights,
                trainer.optimizer(),
                epoch if better else state.best_epoch,
                (*state.curve, now),
            )
            tune_state.write(checkpoint, state)
    trainer.restore(state.best_weights, state.optimizer)
    return Tuned(trainer.head(), state.best_epoch, state.curve)


def block_names(tail: Any) -> list[str]:
    """Return the layers of a tail that learn."""
    return [layer.name for layer in _learning(tail)]


def _learning(tail: Any) -> list[Any]:
    import keras

    return [
        layer
        for layer in tail.layers
        if layer.weights and not isinstance(layer, keras.layers.BatchNormalization)
    ]


class Trainer:
    """The tail and the head as TensorFlow variables, and one step of Adam on them."""

    def __init__(self, tail: Any, head: Head, options: TuneOptions) -> None:
        """Take the weights as they are."""
        import keras
        import tensorflow as tf

        for layer in tail.layers:
            layer.trainable = False
        for layer in _learning(tail):
            layer.trainable = True
        hidden = [head.hidden.kernel, head.hidden.bias] if head.hidden else []
        self._head = [tf.Variable(array) for array in (*hidden, head.kernel, head.bias)]
        self._variables = [*(v.value for v in tail.trainable_variables), *self._head]
        self._adam = keras.optimizers.Adam(options.learning_rate)
        self._adam.build(self._variables)
        smoothing = options.label_smoothing

        def logits(maps: Any) -> Any:
            cells = tail(tf.cast(maps, tf.float32), training=False)
            features = tf.reduce_mean(cells, axis=[1, 2])
            *hidden, kernel, bias = self._head
            if hidden:
                features = tf.nn.relu(features @ hidden[0] + hidden[1])
            return features @ kernel + bias

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator,unused-ignore]
        def step(maps: Any, classes: Any) -> Any:
            with tf.GradientTape() as tape:
                answers = logits(maps)
                wanted = tf.one_hot(classes, len(head.bias)) * (1 - smoothing)
                wanted += smoothing / len(head.bias)
                entropy = tf.nn.softmax_cross_entropy_with_logits(wanted, answers)
                loss = tf.reduce_mean(entropy)
            self._adam.apply(tape.gradient(loss, self._variables), self._variables)
            return loss

        self._step = step
        self._logits = tf.function(logits, reduce_retracing=True)

    def step(self, maps: Any, classes: Ints) -> float:
        """Learn from one batch; return its loss in nats."""
        return float(self._step(maps, classes))

    def logits(self, maps: Any) -> Floats:
        """Return float32 [views, classes]."""
        return np.asarray(self._logits(maps).numpy(), dtype=np.float32)

    def head(self) -> Head:
        """Return the head as it is."""
        *hidden, kernel, bias = (variable.numpy() for variable in self._head)
        return Head(kernel, bias, Hidden(hidden[0], hidden[1]) if hidden else None)

    def weights(self) -> Weights:
        """Return the weights that learn: the tail's, then the head's."""
        return [variable.numpy() for variable in self._variables]

    def optimizer(self) -> list[npt.NDArray[Any]]:
        """Return Adam's numbers."""
        return [np.asarray(variable) for variable in self._adam.variables]

    def restore(self, weights: Weights, optimizer: Sequence[npt.NDArray[Any]]) -> None:
        """Put weights and Adam's numbers back."""
        for variable, value in zip(self._variables, weights, strict=True):
            variable.assign(value)
        for variable, value in zip(self._adam.variables, optimizer, strict=True):
            variable.assign(value)


def pooled(tail: Any, maps: FeatureMaps, rows: Ints, batch: int = 32) -> Floats:
    """Return the bottlenecks that a tail makes of maps, float32 [rows, channels]."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator,unused-ignore]
    def run(some: Any) -> Any:
        return tf.reduce_mean(tail(tf.cast(some, tf.float32), training=False), axis=[1, 2])

    starts = range(0, len(rows), batch)
    parts = [run(maps.take(rows[start : start + batch])).numpy() for start in starts]
    return np.concatenate(parts)


def epoch_rows(rows: Ints, classes: Ints, weights: Doubles, seed: int, epoch: int) -> Ints:
    """Return the rows of an epoch, as many as there are, each class drawn as often.

    Within a class a row is drawn by its weight, by systematic sampling: evenly spaced points
    on the weights laid end to end, so that of equal rows none comes twice before all came.
    """
    rng = np.random.default_rng([seed, epoch])
    present = np.unique(classes[rows])
    drawn = rng.integers(0, len(present), len(rows))
    chosen = np.empty_like(rows)
    for at, label in enumerate(present):
        here = np.flatnonzero(drawn == at)
        members = rng.permutation(rows[classes[rows] == label])
        ends = np.cumsum(weights[members])
        points = (np.arange(len(here)) + rng.random()) / max(len(here), 1) * ends[-1]
        chosen[here] = rng.permutation(members[np.searchsorted(ends, points, side="right")])
    return chosen


def _one_epoch(
    trainer: Trainer,
    maps: FeatureMaps,
    classes: Ints,
    order: Ints,
    title: str,
    options: TuneOptions,
    narrator: Narrator,
) -> float:
    losses = []
    with narrator.bar(title) as progress:
        for start in range(0, len(order), options.batch_size):
            progress(start, len(order))
            batch = order[start : start + options.batch_size]
            losses.append(trainer.step(maps.take(batch), classes[batch]))
        progress(len(order), len(order))
    return float(np.mean(losses))


def _judge(
    trainer: Trainer,
    maps: FeatureMaps,
    classes: Ints,
    rows: Ints,
    epoch: int,
    loss: float | None,
    options: TuneOptions,
) -> Epoch:
    """Measure the validation part, each class with the same weight."""
    if not len(rows):
        return Epoch(epoch, loss, None, None)
    starts = range(0, len(rows), options.batch_size)
    parts = [trainer.logits(maps.take(rows[s : s + options.batch_size])) for s in starts]
    logits, truth = np.concatenate(parts).astype(np.float64), classes[rows]
    right = logits.argmax(axis=1) == truth
    top = logits.max(axis=1)
    entropy = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
    entropy -= logits[np.arange(len(truth)), truth]
    each = [truth == label for label in np.unique(truth)]
    return Epoch(
        epoch,
        loss,
        float(np.mean([right[members].mean() for members in each])),
        float(np.mean([entropy[members].mean() for members in each])),
    )


def _tell(now: Epoch, narrator: Narrator) -> None:
    figures = []
    if now.loss is not None:
        figures.append(f"Cross entropy = {now.loss:.4f}")
    if now.validation_accuracy is not None:
        figures.append(f"balanced validation accuracy = {now.validation_accuracy:.1%}")
        figures.append(f"validation cross entropy = {now.validation_loss:.4f}")
    if figures:
        narrator.say(f"Epoch {now.epoch}: " + ", ".join(figures))
