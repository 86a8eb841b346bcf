"""These tests start a Ray of two workers on this machine: `make test-cluster`."""

import importlib.util
import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def _ray_is_here():
    if importlib.util.find_spec("ray") is None:
        reason = "Ray is not installed: pip install -r requirements/cluster.txt"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
