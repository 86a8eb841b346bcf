"""What the benchmark's tests share: one planted benchmark and its pictures."""

import pytest

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.pictures import TestPictures
from tests.converter.benchmark.whole import whole_benchmark, whole_pictures


@pytest.fixture(scope="session")
def planted_pictures(tmp_path_factory: pytest.TempPathFactory) -> TestPictures:
    """Return pictures that every test may read and none may change."""
    return whole_pictures(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="session")
def planted(planted_pictures: TestPictures) -> Benchmark:
    """Return a benchmark with everything in it."""
    return whole_benchmark(planted_pictures)
