"""Runs side by side: compared on the same pictures only, and no better than chance allows."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import binomtest

from converter.trained_model import TrainedModel
from tests.training.command import assert_one_clear_line, emberwatch
from training.compare.candidate import Answer, Candidate, count_parameters, names_of
from training.compare.comparison import Comparison, compare
from training.compare.page import render
from training.report.score_table import TEST, ScoreTable


def candidate(name: str, said: str, tested: str = "") -> Candidate:
    """Return a run whose answers to pictures a, b, c... are these; the truth is always y."""
    answers = {chr(ord("a") + at): Answer("y", letter) for at, letter in enumerate(said)}
    return Candidate(
        *(name, "backbone", "cut", None, None, None, {}, {}),
        tested=frozenset(tested or answers),
        answers=answers,
    )


@pytest.fixture
def other_run(whole_run: TrainedModel, tmp_path: Path) -> TrainedModel:
    """Return a copy of the run that takes every haze for nothing."""
    folder = tmp_path / "blind"
    shutil.copytree(whole_run.folder, folder)
    table = ScoreTable.read(folder, whole_run.labels.names)
    rows = tuple(
        replace(row, scores=(row.scores[0], 0.0, row.scores[1] + row.scores[2]))
        for row in table.rows
    )
    ScoreTable(table.labels, rows).write(folder)
    return TrainedModel.read(folder)


def test_agreement_is_counted_on_the_pictures_that_both_have() -> None:
    pair = compare(candidate("one", "yyyn"), candidate("two", "yynnyyy"))
    assert (pair.agreement.count, pair.agreement.of) == (3, 4)
    assert (pair.only_first, pair.only_second) == (1, 0)


def test_a_small_difference_is_called_chance_and_a_large_one_is_not() -> None:
    small = compare(candidate("one", "yyyyy"), candidate("two", "yyynn"))
    assert small.p_value == binomtest(2, 2).pvalue
    assert "chance" in small.words
    large = compare(candidate("one", "y" * 20), candidate("two", "y" * 10 + "n" * 10))
    assert "one is better" in large.words
    assert "two is better" in compare(candidate("one", "n" * 9), candidate("two", "y" * 9)).words


def test_equal_answers_tell_nobody_apart() -> None:
    pair = compare(candidate("one", "yyn"), candidate("two", "yyn"))
    assert pair.p_value is None and "each is right where the other is" in pair.words


def test_another_test_part_is_noticed_and_only_shared_pictures_count() -> None:
    found = Comparison.of([candidate("one", "yynn"), candidate("two", "yy")])
    assert not found.same_test
    assert "different pictures" in found.notes[0]
    assert {name: (share.count, share.of) for name, share in found.shared.items()} == {
        "one": (2, 2),
        "two": (2, 2),
    }


def test_runs_of_one_folder_name_are_told_apart_by_their_parents() -> None:
    runs = [Path("/a/run"), Path("/b/run"), Path("/c/other")]
    assert names_of(runs) == ["a/run", "b/run", "other"]


def test_parameters_are_counted_as_keras_counts_them(whole_run: TrainedModel) -> None:
    import keras

    model = keras.models.load_model(whole_run.keras_path, compile=False)
    assert count_parameters(whole_run.keras_path) == model.count_params()
    assert count_parameters(whole_run.folder / "labels.txt") is None


def test_the_command_compares_two_runs(
    whole_run: TrainedModel, other_run: TrainedModel, tmp_path: Path
) -> None:
    page, figures = tmp_path / "compare.html", tmp_path / "compare.json"
    done = emberwatch(
        *("compare", whole_run.folder, other_run.folder, "--out", page, "--json", figures)
    )
    assert done.returncode == 0, done.stderr
    assert "run is better" in done.stdout
    table = done.stdout.split("run, blind: ")[0]
    assert max(map(len, table.splitlines())) <= 80
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["same_test_pictures"] is True
    assert [run["name"] for run in found["runs"]] == ["run", "blind"]
    (pair,) = found["pairs"]
    haze = sum(row.label == "haze" for row in whole_run.pictures("testing"))
    assert pair["only_first"] <= haze and pair["p_value"] < 0.05
    assert "<svg" in page.read_text(encoding="utf-8")


def test_a_run_of_an_older_version_is_compared_by_what_it_has(
    whole_run: TrainedModel, other_run: TrainedModel
) -> None:
    (other_run.folder / "predictions.tsv").unlink()
    found = Comparison.read([whole_run.folder, other_run.folder])
    assert found.same_test and not found.shared
    assert "blind" in found.notes[0] and "retrain" in found.notes[0]
    assert "Test accuracy" in render(found)


def test_another_split_of_real_runs_is_noticed(
    whole_run: TrainedModel, other_run: TrainedModel
) -> None:
    first = other_run.pictures("testing")[0]
    split = tuple(replace(row, part="training") if row == first else row for row in other_run.split)
    replace(other_run, split=split).write()
    found = Comparison.read([whole_run.folder, other_run.folder])
    assert not found.same_test
    assert {share.of for share in found.shared.values()} == {len(whole_run.pictures("testing")) - 1}
    assert "Accuracy on shared test pictures" in render(found)
    rows = ScoreTable.read(other_run.folder, other_run.labels.names).of(TEST).rows
    assert first.file in {row.file for row in rows}


def test_one_run_alone_or_twice_is_one_line(whole_run: TrainedModel) -> None:
    assert_one_clear_line(emberwatch("compare", whole_run.folder), 2, "two or more")
    twice = emberwatch("compare", whole_run.folder, whole_run.folder)
    assert_one_clear_line(twice, 2, "named twice")
