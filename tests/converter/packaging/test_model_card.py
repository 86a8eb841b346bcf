"""Claims of the model card: the manifest's figures, in words and whole tables."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from converter.benchmark.benchmark import Benchmark
from converter.packaging.model_card import write_card
from converter.recipes import find_recipe
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from edge.contract.approval import Approval, Check
from edge.contract.bundle import ModelBundle
from edge.contract.labels import Labels

PASSED = Check("accuracy_drop_points", 0.5, 1.0, passed=True, count=1, of=48, note="one | picture")
FAILED = Check("recall_percent[blaze]", 40.0, 50.0, passed=False, at_least=True)


@pytest.fixture(scope="module")
def card(like: tuple[Path, subprocess.CompletedProcess[str]]) -> str:
    return ModelBundle.read(like[0]).files["card.md"].decode()


@pytest.fixture(scope="module")
def measured(packed: TrainedModel) -> tuple[TrainedModel, TfliteModel, Benchmark]:
    """Return a packed run's parts, from which a card is written."""
    model, benchmark = TfliteModel.read(packed, find_recipe("int8")), Benchmark.read(packed)
    assert model is not None and benchmark is not None
    return packed, model, benchmark


def test_the_card_has_the_manifests_figures(
    card: str, like: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    manifest = ModelBundle.read(like[0]).manifest
    low, _ = manifest.accuracy["accuracy_interval"]
    assert f"| {100 * manifest.accuracy['accuracy']:.1f}% | {100 * low:.1f}% to" in card
    for label in manifest.labels:
        assert f"| {label} | {100 * manifest.accuracy['recall'][label]:.1f}% |" in card
    for check in manifest.approval.checks:
        assert f"| {check.name} |" in card
    assert "20 pictures of the training part (7 blaze, 7 haze, 6 nothing)" in card


def test_a_person_learns_what_it_is_for_and_what_it_is_not(card: str) -> None:
    assert "**blaze**, **haze** or **nothing**" in card
    assert "(0 blaze, 1 haze, 2 nothing)" in card
    assert "never replaces approved detectors" in card
    assert "not grouped by scene" in card and "Few test pictures of blaze" in card


def test_an_override_stands_at_the_top_with_its_reason(
    measured: tuple[TrainedModel, TfliteModel, Benchmark],
) -> None:
    approval = Approval((PASSED, FAILED), override="only for the shed")
    text = write_card("shed", *measured, approval)
    assert text.index("only for the shed") < text.index("## What it takes")
    assert "| recall_percent[blaze] | 40 |" in text and "FAILED" in text


def test_labels_and_notes_with_bars_break_no_table(
    measured: tuple[TrainedModel, TfliteModel, Benchmark],
) -> None:
    trained, model, benchmark = measured
    odd = {label: f"{label}|x" for label in trained.labels}
    recipe = benchmark.measured("int8")
    figures = recipe.figures
    renamed = replace(
        recipe,
        figures=replace(
            figures,
            recall={odd[label]: share for label, share in figures.recall.items()},
            precision={odd[label]: share for label, share in figures.precision.items()},
        ),
    )
    results = tuple(replace(r, measured=renamed if r.measured else None) for r in benchmark.results)
    text = write_card(
        "odd",
        replace(trained, labels=Labels(tuple(odd.values()))),
        model,
        replace(benchmark, results=results),
        Approval((PASSED,)),
    )
    assert "blaze\\|x" in text
    _require_whole_tables(text)


def test_every_table_is_whole(card: str) -> None:
    assert _require_whole_tables(card) >= 5


def _require_whole_tables(text: str) -> int:
    """Make sure that each table's rows have as many cells as its head; return how many."""
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    return len(tables)
