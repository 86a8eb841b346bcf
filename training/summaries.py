"""Summaries: TensorBoard's scalars and histograms of a head in training, as retrain.py's."""

from pathlib import Path
from typing import Any

from training.head import Floats, Head, Ints, Progress, cross_entropy, softmax

TRAIN, VALIDATION = "train", "validation"
SCOPE = "final_retrain_ops"
# Rows whose activations a histogram is made of: more change no bar that one could see.
MOST_ROWS = 2000


class Summaries:
    """Writes event files for `tensorboard --logdir FOLDER`, under `train` and `validation`.

    An earlier run in the folder is left as it is: the first one writes to the folder itself,
    the next to `run_2`, `run_3` and so on inside it, each a curve of its own in TensorBoard.
    """

    def __init__(self, folder: Path) -> None:
        """Choose the folder; it is made at the first record."""
        self.folder = free_folder(folder)
        self._writers: dict[str, Any] = {}

    def record(
        self,
        progress: Progress,
        head: Head,
        training: tuple[Floats, Ints],
        validation: tuple[Floats, Ints] | None = None,
    ) -> None:
        """Write the state of a head after a step, on the features and classes of each part.

        Features are float32 [pictures, channels], classes int64 [pictures].
        """
        parts = {TRAIN: training}
        if validation is not None and len(validation[1]):
            parts[VALIDATION] = validation
        for name, (features, classes) in parts.items():
            self._write(name, progress.step, head, features, classes)

    def _write(self, name: str, step: int, head: Head, features: Floats, classes: Ints) -> None:
        import tensorflow as tf

        if name not in self._writers:
            self._writers[name] = tf.summary.create_file_writer(str(self.folder / name))
        logits = head.logits(features)
        shown = logits[:MOST_ROWS]
        with self._writers[name].as_default(step):
            _spread(f"{SCOPE}/weights/summaries", head.kernel)
            _spread(f"{SCOPE}/biases/summaries", head.bias)
            if head.hidden is not None:
                _spread("hidden/weights/summaries", head.hidden.kernel)
                _spread("hidden/biases/summaries", head.hidden.bias)
            tf.summary.histogram(f"{SCOPE}/Wx_plus_b/pre_activations", shown)
            tf.summary.histogram("activations", softmax(shown))
            tf.summary.scalar("cross_entropy", cross_entropy(logits, classes))
            tf.summary.scalar("accuracy", head.accuracy(features, classes))
        self._writers[name].flush()


def free_folder(folder: Path) -> Path:
    """Return the folder, or the first `run_N` in it, that no run has written to."""
    number, free = 1, folder
    while (free / TRAIN).exists() or (free / VALIDATION).exists():
        number += 1
        free = folder / f"run_{number}"
    return free


def _spread(scope: str, values: Floats) -> None:
    import tensorflow as tf

    tf.summary.scalar(f"{scope}/mean", float(values.mean()))
    tf.summary.scalar(f"{scope}/stddev", float(values.std()))
    tf.summary.scalar(f"{scope}/max", float(values.max()))
    tf.summary.scalar(f"{scope}/min", float(values.min()))
    tf.summary.histogram(f"{scope}/histogram", values)
