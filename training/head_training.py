"""Head training: gradient descent on cached features, of one head or of many side by side."""

from collections.abc import Callable
from typing import Any

import numpy as np

from training.head import (
    Bools,
    Examples,
    Floats,
    Head,
    HeadOptions,
    Hidden,
    Ints,
    Progress,
    cross_entropy,
)

HeadProgress = Callable[[Progress, Head], None]
# Steps made, and the heads as they are then.
HeadsProgress = Callable[[int, list[Head]], None]
LEAST_SPREAD = 1e-3


def train_head(
    examples: Examples,
    class_count: int,
    options: HeadOptions,
    validation: tuple[Floats, Ints] | None = None,
    on_progress: HeadProgress = lambda _progress, _head: None,
    stop_after: int | None = None,
) -> Head:
    """Train a softmax layer, with a hidden layer where the options want one.

    `stop_after` ends it after so many of `options.steps` steps. The same input and seed give
    the same head, bit for bit.
    """

    def tell(step: int, heads: list[Head]) -> None:
        (head,) = heads
        on_progress(_progress(step, head, examples, validation), head)

    everything = np.zeros((1, len(examples.classes)), bool)
    (head,) = train_heads(examples, everything, class_count, options, tell, stop_after)
    return head


def _progress(
    step: int, head: Head, examples: Examples, validation: tuple[Floats, Ints] | None
) -> Progress:
    return Progress(
        step,
        head.accuracy(examples.features, examples.classes),
        head.accuracy(*validation) if validation else None,
        cross_entropy(head.logits(examples.features), examples.classes),
        cross_entropy(head.logits(validation[0]), validation[1]) if validation else None,
    )


def draw_batches(examples: Examples, options: HeadOptions) -> Ints:
    """Return example indexes [steps, batch_size], drawn with replacement by weight.

    `balanced`: a class drawn evenly, then an example of it. `natural`: any example.
    """
    rng = np.random.default_rng(options.seed)
    classes = examples.classes
    if options.sampling == "natural":
        classes = np.zeros_like(classes)
    present = np.unique(classes)
    drawn = rng.integers(0, len(present), (options.steps, options.batch_size))
    chosen = np.empty_like(drawn)
    for at, label in enumerate(present):
        members = np.flatnonzero(classes == label)
        shares = examples.weights[members] / examples.weights[members].sum()
        here = drawn == at
        chosen[here] = rng.choice(members, int(here.sum()), p=shares)
    return chosen


def train_heads(
    examples: Examples,
    left_out: Bools,
    class_count: int,
    options: HeadOptions,
    on_progress: HeadsProgress = lambda _step, _heads: None,
    stop_after: int | None = None,
) -> list[Head]:
    """Train several heads side by side by Adam, on the same batches.

    `left_out`, bool [heads, examples], says which examples a head must not see: neither in
    its gradient nor in the mean and spread by which features are scaled. That scaling is
    folded into the head, so that one learning rate suits every backbone.
    """
    import keras
    import tensorflow as tf

    last = min(stop_after or options.steps, options.steps)
    mean, spread = _scaling(examples.features, ~left_out)
    data = tf.constant(examples.features)
    targets = tf.one_hot(examples.classes, class_count)
    targets = targets * (1 - options.label_smoothing) + options.label_smoothing / class_count
    seen = tf.constant(~left_out.T, tf.float32)
    parts = _parts(examples, options)
    layers = [_variables(len(left_out), part, class_count, options) for part in parts]
    variables = [variable for layer in layers for variable in layer]
    rate = keras.optimizers.schedules.CosineDecay(options.learning_rate, options.steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(variables)

    @tf.function(jit_compile=True)  # type: ignore[untyped-decorator,unused-ignore]
    def run(batches: Any) -> None:
        for batch in batches:
            known = tf.gather(seen, batch)
            shared = tf.reduce_sum(known, axis=0) + 1e-6
            wanted = tf.gather(targets, batch)[:, tf.newaxis]
            with tf.GradientTape() as tape:
                loss = tf.constant(0.0)
                for part, own in zip(parts, layers, strict=True):
                    features = tf.gather(data, batch)[:, part]
                    logits = _logits(features, own, mean[:, part], spread[:, part])
                    entropy = -tf.reduce_sum(wanted * tf.nn.log_softmax(logits), axis=2)
                    loss += tf.reduce_sum(tf.reduce_sum(entropy * known, axis=0) / shared)
                for kernel in variables[::2]:
                    loss += options.weight_decay * tf.reduce_sum(kernel**2)
            optimizer.apply(tape.gradient(loss, variables), variables)

    batches = draw_batches(examples, options)[:last]
    heads: list[Head] = []
    for start in range(0, last, options.eval_interval):
        run(tf.constant(batches[start : start + options.eval_interval]))
        step = min(start + options.eval_interval, last)
        heads = _heads(layers, parts, mean, spread)
        on_progress(step, heads)
    return heads


def _parts(examples: Examples, options: HeadOptions) -> list[slice]:
    """Return the channels of each layer that the features are joined of.

    A classifier is trained on each layer alone, and their logits are averaged: it does better
    on new scenes than one classifier of all channels. A hidden layer takes all of them.
    """
    channels = examples.features.shape[1]
    if options.hidden or len(examples.taps) < 2:
        return [slice(0, channels)]
    ends = np.cumsum(examples.taps).tolist()
    return [slice(end - width, end) for end, width in zip(ends, examples.taps, strict=True)]


def _scaling(features: Floats, seen: Bools) -> tuple[Floats, Floats]:
    """Return the mean and spread of what each head sees, each float32 [heads, channels]."""
    counts = seen.sum(axis=1, keepdims=True)
    shares = (seen / np.maximum(counts, 1)).astype(np.float32)
    centre = features.mean(axis=0)
    centred = features - centre
    mean = shares @ centred
    spread = np.sqrt(np.maximum(shares @ centred**2 - mean**2, 0)) + LEAST_SPREAD
    return mean + centre, spread


def _variables(heads: int, part: slice, classes: int, options: HeadOptions) -> list[Any]:
    """Return kernel and bias of each layer: [heads, inputs, outputs] and [heads, outputs].

    A linear head starts from zero; a hidden layer by He et al. (2015), the same in each head.
    """
    import tensorflow as tf

    channels = part.stop - part.start
    if not options.hidden:
        return [tf.Variable(tf.zeros((heads, channels, classes))), _zeros(heads, classes)]
    rng = np.random.default_rng(options.seed)
    first = rng.normal(0, np.sqrt(2 / channels), (channels, options.hidden)).astype(np.float32)
    second = rng.normal(0, np.sqrt(1 / options.hidden), (options.hidden, classes))
    return [
        tf.Variable(np.repeat(first[np.newaxis], heads, axis=0)),
        _zeros(heads, options.hidden),
        tf.Variable(np.repeat(second[np.newaxis].astype(np.float32), heads, axis=0)),
        _zeros(heads, classes),
    ]


def _zeros(heads: int, outputs: int) -> Any:
    import tensorflow as tf

    return tf.Variable(tf.zeros((heads, outputs)))


def _logits(features: Any, variables: list[Any], mean: Floats, spread: Floats) -> Any:
    """Return [batch, heads, classes]; the first layer takes features as if scaled."""
    import tensorflow as tf

    kernel = variables[0] / spread[:, :, np.newaxis]
    bias = variables[1] - tf.einsum("hc,hco->ho", mean, kernel)
    outputs = tf.einsum("bc,hco->bho", features, kernel) + bias
    if len(variables) == 2:
        return outputs
    return tf.einsum("bhw,hwo->bho", tf.nn.relu(outputs), variables[2]) + variables[3]


def _heads(layers: list[list[Any]], parts: list[slice], mean: Floats, spread: Floats) -> list[Head]:
    """Return the heads for unscaled features: the mean of the classifiers of each part."""
    arrays = [[variable.numpy() for variable in layer] for layer in layers]
    heads = []
    for at in range(len(mean)):
        kernels, biases = [], []
        for layer, part in zip(arrays, parts, strict=True):
            kernel = layer[0][at] / spread[at, part][:, np.newaxis] / len(parts)
            kernels.append(kernel)
            biases.append(layer[1][at] / len(parts) - mean[at, part] @ kernel)
        kernel = np.concatenate(kernels).astype(np.float32)
        bias = np.sum(biases, axis=0).astype(np.float32)
        if len(arrays[0]) == 2:
            heads.append(Head(kernel, bias))
        else:
            heads.append(Head(arrays[0][2][at], arrays[0][3][at], Hidden(kernel, bias)))
    return heads
