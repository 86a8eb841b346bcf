"""Loads TensorFlow without the pages of notices that it writes on start."""

import os
import sys

from converter.graph_layer import graph_layer_class
from edge.contract.errors import MissingPackage
from edge.inference.native_output import NativeOutput


def load_tensorflow() -> None:
    """Import TensorFlow and Keras with their start-up notices held back.

    Raises:
        MissingPackage: TensorFlow is not installed in this Python, or does not load.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with NativeOutput():
        try:
            import keras  # noqa: F401
            import tensorflow as tf

            # The first operation starts the device search, with notices of its own.
            tf.constant(0)
            graph_layer_class()
        except ImportError as error:
            raise MissingPackage(
                "TensorFlow is not usable in this Python",
                found=f"{sys.executable}: {error}",
                next_step="use the workstation's environment: .venv/workstation/bin/emberwatch",
            ) from error
