"""The gate must refuse a planted drop and name the figures."""

import pytest

from converter.benchmark.benchmark import Benchmark
from converter.packaging.gate import AccuracyGate
from edge.contract.errors import GateRefused, InputError
from tests.converter.planted import planted_benchmark


def test_a_planted_drop_is_refused_with_its_figures() -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=185, of=200)
    with pytest.raises(GateRefused) as refusal:
        AccuracyGate(max_drop_points=1.0).check(benchmark, "int8")
    line = refusal.value.line()
    for figure in ("2.50 points", "200 test pictures", "95.0% float", "92.5% int8", "at most 1"):
        assert figure in line
    assert refusal.value.exit_code == 4


@pytest.mark.parametrize(("int8_right", "points"), [(188, 1.0), (190, 0.0), (193, -1.5)])
def test_up_to_the_limit_passes(int8_right: int, points: float) -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=int8_right, of=200)
    approval = AccuracyGate(max_drop_points=1.0).check(benchmark, "int8")
    assert approval.passed
    (check,) = approval.checks
    assert (check.name, check.measured, check.limit) == ("accuracy_drop_points", points, 1.0)


def test_a_limit_of_zero_allows_no_loss() -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=189, of=200)
    with pytest.raises(GateRefused):
        AccuracyGate(max_drop_points=0.0).check(benchmark, "int8")


def test_a_recipe_that_was_not_measured_is_no_pass() -> None:
    benchmark: Benchmark = planted_benchmark(float_right=190, int8_right=190, of=200)
    with pytest.raises(InputError, match="no figures for float16"):
        AccuracyGate().check(benchmark, "float16")
