"""Claims of what a benchmark says in words, and of which models it calls beaten."""

from converter.benchmark.benchmark import Benchmark, short_runtime
from converter.benchmark.pareto import Standing, beaten_by
from converter.benchmark.verdict import p_text, verdicts
from converter.statistics import mcnemar
from tests.converter.benchmark.whole import LITERT, TFLITE, without_reference


def test_a_real_loss_a_chance_and_no_change_are_told_apart(planted: Benchmark) -> None:
    found = {verdict.name: verdict for verdict in verdicts(planted)}
    real, chance = found["int8, LiteRT 2.3"], found["float16, LiteRT 2.3"]
    same = found["float32, LiteRT 2.3"]
    # Two wrong ones of float are right in int8, and fourteen others wrong.
    assert (real.measured.lost, real.measured.gained) == (14, 2)
    assert real.measured.difference.p_value == mcnemar(14, 2) < 0.05
    assert "The loss is real: 14 lost, 2 gained of 90" in real.proof and real.tone == "bad"
    assert "13.3 points less accurate than float" in real.cost
    assert (chance.measured.lost, chance.measured.gained) == (1, 0)
    assert "That may be chance" in chance.proof and chance.tone == "open"
    assert "the very same pictures" in same.proof and same.tone == "good"


def test_without_a_reference_nothing_is_said_of_a_loss(planted: Benchmark) -> None:
    (only,) = verdicts(without_reference(planted))
    assert (only.proof, only.tone) == ("", "plain")
    assert "no reference" in only.cost


def test_the_first_runtime_counts_until_another_leads(planted: Benchmark) -> None:
    assert planted.measured("int8").runtime == LITERT
    assert planted.led_by(TFLITE).measured("int8").runtime == TFLITE
    assert planted.led_by(TFLITE).led_by(LITERT).measured("int8").runtime == LITERT


def test_runtimes_have_short_names() -> None:
    assert short_runtime("ai-edge-litert 2.3.0") == "LiteRT 2.3"
    assert short_runtime("tflite-runtime 2.14.0 on pi@kitchen") == "tflite 2.14 on pi@kitchen"
    assert short_runtime("something else") == "something else"


def test_a_p_value_is_written_as_people_write_it() -> None:
    assert [p_text(p) for p in (None, 1.0, 0.5, 0.0704, 0.00042)] == [
        "-",
        "1.00",
        "0.50",
        "0.07",
        "0.0004",
    ]


def test_only_what_is_nowhere_better_is_beaten() -> None:
    best = Standing("int8", 0.90, 16, 11)
    larger = Standing("float32", 0.90, 58, 43)
    surer = Standing("float16", 0.91, 60, 22)
    shown = [larger, best, surer]
    assert beaten_by(larger, shown) == best
    assert beaten_by(best, shown) is None and beaten_by(surer, shown) is None
    assert beaten_by(best, [best, Standing("twin", 0.90, 16, 11)]) is None
