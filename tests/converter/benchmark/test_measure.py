"""Claims of the benchmark, its file and its page."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.measure import run_benchmark
from converter.benchmark.pictures import TestPictures
from converter.benchmark.report import render, write_report
from converter.keras_model import KerasModel
from converter.pi_environment import PiEnvironment
from converter.recipes import RECIPES, find_recipe
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from edge.contract.bundle import sha256
from edge.contract.errors import InputError
from edge.contract.picture import read_picture
from tests.converter.conftest import make_conversion


@pytest.fixture(scope="module")
def benchmark(converted: TrainedModel, pi: PiEnvironment) -> Benchmark:
    """Return the small run's benchmark of two recipes."""
    recipes = [find_recipe("int8"), find_recipe("float32")]
    return run_benchmark(make_conversion(converted, pi), recipes)


def page(benchmark: Benchmark, trained: TrainedModel) -> str:
    return render(benchmark, TestPictures.of_run(trained), trained.dataset.name)


def test_the_float_models_accuracy_is_that_of_keras_itself(
    benchmark: Benchmark, converted: TrainedModel
) -> None:
    rows = converted.pictures("testing")
    apply = converted.preprocess.apply
    scores = KerasModel(converted).scores(
        apply(read_picture(converted.path_of(row))) for row in rows
    )
    truth = np.array([converted.labels.index(row.label) for row in rows])
    assert benchmark.reference.accuracy.of == 48
    assert benchmark.reference.accuracy.value == (scores.argmax(axis=1) == truth).mean()
    assert benchmark.reference.accuracy.value > 0.8


def test_float32_agrees_with_keras_wholly_and_int8_nearly(benchmark: Benchmark) -> None:
    exact, quantised = benchmark.measured("float32"), benchmark.measured("int8")
    assert exact.agreement.value == 1.0 and exact.largest_difference < 1e-3
    assert quantised.agreement.value is not None and quantised.agreement.value >= 0.9
    assert quantised.size_bytes < exact.size_bytes
    for measured in (exact, quantised):
        assert 0 < measured.median_ms <= measured.p95_ms
        drop = benchmark.reference.accuracy.count - measured.figures.accuracy.count
        assert drop == measured.lost - measured.gained


def test_the_file_reads_back_and_goes_stale_with_the_keras_model(
    benchmark: Benchmark, own_run: TrainedModel
) -> None:
    path = benchmark.write(own_run.folder)
    assert Benchmark.read(own_run) == benchmark
    assert json.loads(path.read_text())["schema"] == 2
    own_run.keras_path.write_bytes(own_run.keras_path.read_bytes() + b"\0")
    assert Benchmark.read(own_run) is None


def test_it_covers_only_the_very_model_and_runtime(
    benchmark: Benchmark, converted: TrainedModel, pi: PiEnvironment
) -> None:
    model = TfliteModel.read(converted, find_recipe("int8"))
    assert model is not None
    assert benchmark.covers("int8", model.sha256, pi.runtime)
    assert not benchmark.covers("int8", "0" * 64, pi.runtime)
    assert not benchmark.covers("int8", model.sha256, "another-runtime 1.0")


def test_a_refused_recipe_is_a_row_with_its_reason(
    own_run: TrainedModel, pi_environments: list[PiEnvironment], need
) -> None:
    old = [env for env in pi_environments if env.runtime.startswith("tflite-runtime")]
    need(old, "no environment with tflite-runtime")
    found = run_benchmark(make_conversion(own_run, old[0]), [RECIPES["dynamic"]])
    (row,) = found.results
    assert row.measured is None and "dynamic" in row.refused
    assert "refused" in page(found, own_run)


def test_an_unreadable_test_picture_counts_for_nobody(
    own_run: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture at all")
    row = replace(own_run.pictures("testing")[0], file=str(bad), sha256=sha256(bad.read_bytes()))
    odd = replace(own_run, split=(row, *own_run.split))
    found = run_benchmark(make_conversion(odd, pi), [find_recipe("int8")])
    assert found.measured("int8").figures.accuracy.of == 48
    assert len(found.unreadable) == 1 and "bad.jpg" in found.unreadable[0]


def test_a_run_without_test_pictures_is_refused(own_run: TrainedModel, pi: PiEnvironment) -> None:
    training = tuple(row for row in own_run.split if row.part == "training")
    with pytest.raises(InputError, match="no test pictures"):
        run_benchmark(make_conversion(replace(own_run, split=training), pi), [])


def test_a_newer_benchmark_keeps_the_rows_that_only_the_older_has(benchmark: Benchmark) -> None:
    newer = replace(benchmark, results=benchmark.results[:1])
    assert [result.recipe for result in newer.merged(benchmark).results] == ["int8", "float32"]
    other = replace(benchmark, keras_sha256="another")
    assert newer.merged(other) == newer


def test_the_page_asks_nothing_of_anyone(benchmark: Benchmark, own_run: TrainedModel) -> None:
    pictures = TestPictures.of_run(own_run)
    text = write_report(benchmark, pictures, "planted", own_run.folder).read_text()
    assert "<script" not in text
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)|url\(([^)]*)\)""", text)
    outside = [a or b for a, b in addresses if not (a or b).startswith(("data:", "#"))]
    assert outside == []
    for name in ("float (Keras)", "int8", "float32", *own_run.labels):
        assert name in text
    assert text.count("<svg") == 2


def test_the_page_is_the_same_every_time(benchmark: Benchmark, converted: TrainedModel) -> None:
    assert page(benchmark, converted) == page(benchmark, converted)


def test_a_label_is_text_on_the_page_whatever_it_says(
    benchmark: Benchmark, converted: TrainedModel
) -> None:
    assert "<img src=x>" not in render(benchmark, TestPictures.of_run(converted), "<img src=x>")
