"""once: for tests that take long and do not depend on the environment."""

from importlib.util import find_spec

import pytest

# The Pi's environments have no TensorFlow: there the others must do.
once = pytest.mark.skipif(
    find_spec("tensorflow") is None, reason="runs once, not in each environment"
)
