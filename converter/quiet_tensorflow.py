"""Loads TensorFlow without the pages of notices that it writes on start."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from edge.contract.errors import MissingPackage


def load_tensorflow() -> None:
    """Import TensorFlow and Keras with their start-up notices held back.

    Raises:
        MissingPackage: TensorFlow is not installed in this Python, or does not load.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _stderr_held_back():
        try:
            import keras  # noqa: F401
            import tensorflow as tf

            # The first operation starts the device search, with notices of its own.
            tf.constant(0)
        except ImportError as error:
            raise MissingPackage(
                "TensorFlow is not usable in this Python",
                found=f"{sys.executable}: {error}",
                next_step="use the workstation's environment: .venv/workstation/bin/emberwatch",
            ) from error


@contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Send file descriptor 2, which native code writes to, elsewhere for a while.

    What was held back is shown if the block fails.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            aside.seek(0)
            sys.stderr.write(aside.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
