"""The gate must refuse each planted fault at its own limit, and name every one at once."""

import pytest

from converter.benchmark.benchmark import Benchmark
from converter.gauntlet.certificate import Certificate, Rate, Tried
from converter.gauntlet.conditions import REVISION
from converter.packaging.gate import Gate, grant
from converter.packaging.gate_options import parse_recalls
from converter.statistics import Proportion
from edge.contract.approval import Approval
from edge.contract.errors import GateRefused, InputError
from tests.converter.planted import planted_benchmark

NEGATIVE = "nothing"


def names(approval: Approval) -> list[str]:
    return [check.name for check in approval.failed]


def test_a_planted_drop_is_refused_with_its_figures() -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=185, of=200)
    approval = Gate(max_drop_points=1.0).check(benchmark, "int8", NEGATIVE)
    assert names(approval) == ["accuracy_drop_points"]
    line = approval.failed[0].line()
    for figure in ("2.5", "95.0% float", "92.5% now", "5 pictures lost", "at most 1", "FAILED"):
        assert figure in line
    with pytest.raises(GateRefused, match=r"accuracy_drop_points 2\.5, at most 1") as refusal:
        grant(approval, "int8")
    assert refusal.value.exit_code == 4


@pytest.mark.parametrize(("int8_right", "points"), [(188, 1.0), (190, 0.0), (193, -1.5)])
def test_up_to_the_limit_passes(int8_right: int, points: float) -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=int8_right, of=200)
    approval = Gate(max_drop_points=1.0).check(benchmark, "int8", NEGATIVE)
    assert grant(approval, "int8") is approval and approval.passed
    check = approval.checks[0]
    assert (check.name, check.measured, check.limit) == ("accuracy_drop_points", points, 1.0)


def test_a_limit_of_zero_allows_no_loss() -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=189, of=200)
    assert "accuracy_drop_points" in names(Gate(max_drop_points=0.0).check(benchmark, "int8"))


def test_a_recipe_that_was_not_measured_is_no_pass() -> None:
    benchmark: Benchmark = planted_benchmark(float_right=190, int8_right=190, of=200)
    with pytest.raises(InputError, match="no figures for float16"):
        Gate().check(benchmark, "float16")


def bad_model(float_right: int = 190, int8_right: int = 150) -> Benchmark:
    """Return a benchmark in which each class lost about as much."""
    return planted_benchmark(float_right=float_right, int8_right=int8_right, of=200)


@pytest.mark.parametrize(
    ("gate", "name"),
    [
        (Gate(99, max_recall_drop_points=99, max_false_alarms=1, max_ms=99.9), "latency_median_ms"),
        (Gate(99, max_recall_drop_points=99, max_false_alarms=0.2), "false_alarm_percent"),
        (Gate(99, {"blaze": 0.8}, 99, 1), "recall_percent[blaze]"),
        (Gate(99, {"haze": 0.8}, 99, 1), "recall_percent[haze]"),
        (Gate(99, {"nothing": 0.8}, 99, 1), "recall_percent[nothing]"),
        (Gate(19.9, max_recall_drop_points=99, max_false_alarms=1), "accuracy_drop_points"),
    ],
)
def test_each_limit_refuses_by_itself_and_names_itself(gate: Gate, name: str) -> None:
    approval = gate.check(bad_model(), "int8", NEGATIVE)
    assert names(approval) == [name]


def test_a_class_that_lost_more_recall_than_its_limit_is_named() -> None:
    approval = Gate(99, max_recall_drop_points=19.0, max_false_alarms=1).check(
        bad_model(), "int8", NEGATIVE
    )
    assert names(approval) == ["recall_drop_points[blaze]", "recall_drop_points[haze]"]


def test_every_failed_check_is_named_at_once() -> None:
    gate = Gate(1.0, {"blaze": 0.9}, max_false_alarms=0.1, max_ms=50)
    approval = gate.check(bad_model(), "int8", NEGATIVE)
    with pytest.raises(GateRefused) as refusal:
        grant(approval, "int8")
    for name in (
        *("accuracy_drop_points", "recall_percent[blaze]", "recall_drop_points[blaze]"),
        *("recall_drop_points[haze]", "false_alarm_percent", "latency_median_ms"),
    ):
        assert name in refusal.value.line()


def test_the_negative_class_is_no_hazard() -> None:
    approval = Gate().check(bad_model(), "int8", NEGATIVE)
    found = [check.name for check in approval.checks]
    assert "recall_percent[nothing]" not in found and "recall_percent[haze]" in found
    alarms = next(check for check in approval.checks if check.name == "false_alarm_percent")
    assert alarms.count is not None and alarms.of == 66
    # Where nobody says which class is normal, each counts, and there are no false alarms.
    found = [check.name for check in Gate().check(bad_model(), "int8").checks]
    assert "recall_percent[nothing]" in found and "false_alarm_percent" not in found


def test_one_picture_of_a_tiny_class_is_no_drop_unless_a_person_says_so() -> None:
    benchmark = planted_benchmark(float_right=12, int8_right=11, of=12)
    by_default = Gate(99).check(benchmark, "int8")
    strict = Gate(99, max_recall_drop_points=5.0).check(benchmark, "int8")
    assert names(by_default) == []
    assert names(strict) == ["recall_drop_points[nothing]"]


def test_an_interval_is_shown_and_the_value_is_compared() -> None:
    benchmark = planted_benchmark(float_right=10, int8_right=10, of=10)
    check = next(
        check
        for check in Gate(min_recall={"blaze": 0.99}).check(benchmark, "int8").checks
        if check.name == "recall_percent[blaze]"
    )
    assert check.passed and check.low is not None and check.low < 60 < 99


def test_a_loss_that_is_no_accident_warns() -> None:
    approval = Gate(99, max_recall_drop_points=99, max_false_alarms=1).check(bad_model(), "int8")
    (warning,) = [check for check in approval.checks if not check.passed]
    assert warning.name == "loss_p_value" and approval.passed


def test_a_hazard_without_test_pictures_is_not_known_to_be_found() -> None:
    approval = Gate().check(planted_benchmark(float_right=2, int8_right=2, of=2), "int8", "blaze")
    assert names(approval) == ["recall_percent[nothing]"]
    assert "no test pictures" in approval.failed[0].note


def test_a_limit_for_a_class_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no class flame"):
        Gate(min_recall={"flame": 0.9}).check(bad_model(), "int8", NEGATIVE)


@pytest.mark.parametrize("text", ["fire", "fire=", "=0.5", "fire=1.5", "fire=-1", "fire=nan"])
def test_a_recall_limit_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="CLASS=SHARE"):
        parse_recalls([text])


def test_recall_limits_are_read() -> None:
    assert parse_recalls(["fire=0.9", "a=b=1"]) == {"fire": 0.9, "a=b": 1.0}


def test_an_override_packs_and_says_why_and_what_failed() -> None:
    approval = Gate().check(bad_model(), "int8", NEGATIVE)
    granted = grant(approval, "int8", "bench test, no relay connected")
    assert granted.granted and granted.failed == approval.failed
    assert "bench test, no relay connected" in granted.warning
    assert "accuracy_drop_points" in granted.warning


@pytest.mark.parametrize("reason", ["", " ", "\t\n", "a\nb"])
def test_an_override_without_a_reason_is_refused(reason: str) -> None:
    approval = Gate().check(bad_model(), "int8", NEGATIVE)
    with pytest.raises(InputError, match="needs a reason"):
        grant(approval, "int8", reason)


def test_an_override_where_nothing_failed_leaves_no_mark() -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=190, of=200)
    assert grant(Gate().check(benchmark, "int8"), "int8", "to be safe").override == ""


def certificate(false_alarms: int, found: int) -> Certificate:
    """Return one of ten normal and ten hazard pictures, of which plain 1 and 9 raise an alarm."""

    def rate(count: int, plain: int) -> Rate:
        return Rate(Proportion.of_counts(count, 10), max(0, count - plain), max(0, plain - count))

    steps = (
        Tried("fog", "thin", rate(1, 1), {"haze": rate(9, 9)}),
        Tried("fog", "thick", rate(false_alarms, 1), {"haze": rate(found, 9)}),
        Tried("hearth", "burning", rate(10, 1), {}),
    )
    plain = Tried("", "", rate(1, 1), {"haze": rate(9, 9)})
    pictures = {"test": {"nothing": 10, "haze": 10}}
    return Certificate(
        *("0" * 64, "tflite-runtime 2.14.0", REVISION, 0, NEGATIVE, pictures, "1" * 64, plain),
        steps,
    )


@pytest.mark.parametrize(
    ("false_alarms", "found", "failed"),
    [
        (3, 7, []),
        (4, 9, ["gauntlet_false_alarm_rise_points[fog]"]),
        (1, 6, ["gauntlet_recall_loss_points[fog]"]),
    ],
)
def test_the_gauntlets_worst_step_is_held_against_its_limit(
    false_alarms: int, found: int, failed: list[str]
) -> None:
    benchmark = planted_benchmark(float_right=190, int8_right=190, of=200)
    proof = certificate(false_alarms, found)
    strict = Gate(gauntlet="strict", max_nuisance_points=29.9 if failed else 20.0)
    assert names(strict.check(benchmark, "int8", NEGATIVE, proof)) == failed
    warned = Gate(max_nuisance_points=29.9).check(benchmark, "int8", NEGATIVE, proof)
    assert warned.passed
    assert [check.name for check in warned.checks if check.verdict == "warning"] == failed
    off = Gate(gauntlet="off").check(benchmark, "int8", NEGATIVE, proof)
    assert not any("gauntlet" in check.name for check in off.checks)
