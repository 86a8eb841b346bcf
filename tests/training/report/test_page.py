"""The report's page: whole for a whole run, smaller for an older one, and never a crash."""

import io
import json
import re
import shlex
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import click
import pytest
from PIL import Image
from rich.console import Console

from converter.statistics import Proportion
from converter.trained_model import TrainedModel
from edge.contract.labels import Labels
from tests.training.command import assert_one_clear_line, emberwatch
from training.audit.step import check
from training.cli import retrain_command
from training.dataset import Dataset, Sample
from training.narrator import Narrator
from training.report.evidence import Evidence
from training.report.gallery import MOST_SHOWN, THUMBNAIL_PIXELS, hang, spread
from training.report.page import FILE, Findings, render, try_report, write_report
from training.report.reproduction import command_of, option_words
from training.report.score_table import LEFT_OUT, Scored, ScoreTable
from training.small_fire import SmallFires, Textureless

SECTIONS = (
    *("verdict", "accuracy", "confusion", "scenes", "alarm", "calibration", "probe"),
    *("mistakes", "curves", "unreadable", "again"),
)
GARBAGE = ([], {}, "text", 7, [None], {"count": "many"}, [{"step": None}])


def sections(page: str) -> set[str]:
    return set(re.findall(r'<section[^>]* id="(\w+)"', page))


@pytest.fixture(scope="module")
def page(whole_run: TrainedModel) -> str:
    return write_report(whole_run).read_text(encoding="utf-8")


def test_every_section_of_a_whole_run_is_there(page: str) -> None:
    assert sections(page) == set(SECTIONS)


def test_the_page_asks_nothing_of_anyone(page: str) -> None:
    assert "<script" not in page
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)|url\(([^)]*)\)""", page)
    outside = [a or b for a, b in addresses if not (a or b).startswith(("data:", "#"))]
    assert outside == []


def test_the_flattering_figure_is_called_so_and_the_honest_ones_too(page: str) -> None:
    found = re.findall(r'<dt>([\w ,-]+) <span class="tag \w+">([\w ]+)<', page)
    assert found[0] == ("random folds", "flatters")
    assert dict(found)["left-out scenes"] == dict(found)["test"] == "honest"


def test_without_groups_no_figure_but_the_left_out_is_called_honest(own_run: TrainedModel) -> None:
    parameters = {**own_run.parameters, "groups": None}
    text = render(Findings.of(replace(own_run, parameters=parameters)), None)
    tags = dict(re.findall(r'<dt>([\w ,-]+) <span class="tag \w+">([\w ]+)<', text))
    assert tags["test"] == tags["grouped folds"] == "may flatter"
    assert "--groups" in text


def test_a_run_of_an_older_version_gets_what_it_has(own_run: TrainedModel) -> None:
    (own_run.folder / "predictions.tsv").unlink()
    older = replace(own_run, metrics={}, parameters={}, versions={}, backbone={})
    text = render(Findings.of(older), None)
    assert sections(text) == {"verdict", "again"}
    assert "nothing is known of its accuracy" in text


@pytest.mark.parametrize("garbage", GARBAGE, ids=repr)
def test_a_figure_that_is_garbage_is_left_out(own_run: TrainedModel, garbage: object) -> None:
    for name in (*own_run.metrics, "audit", "small_fires"):
        metrics = {**own_run.metrics, name: garbage}
        Evidence.of(replace(own_run, metrics=metrics))
    metrics = dict.fromkeys((*own_run.metrics, "audit", "small_fires"), garbage)
    text = render(Findings.of(replace(own_run, metrics=metrics)), None)
    assert not {"accuracy", "confusion", "calibration", "curves"} & sections(text)
    assert "again" in sections(text)


def test_folds_of_scenes_alone_have_a_row_and_a_curve(own_run: TrainedModel) -> None:
    scenes = asdict(Proportion.of_counts(20, 40))
    curve = [{"step": step, "cross_entropy": 1 / step} for step in (15, 30, 45, 60)]
    folds = {**own_run.metrics["folds"], "scenes": scenes, "curve": curve}
    random = {**folds, "random": own_run.metrics["random_folds"]}
    metrics = {**own_run.metrics, "folds": random, "random_folds": None}
    shown = render(Findings.of(replace(own_run, metrics=metrics)), None)
    rows = re.findall(r'<dt>([\w ,-]+) <span class="tag \w+">', shown)
    assert "folds, scenes alone" in rows and rows[0] == "random folds"
    assert "held-out folds" in shown[shown.index('id="curves"') :]


def test_small_fires_are_shown_beside_what_they_cost(own_run: TrainedModel) -> None:
    few, many = Proportion.of_counts(3, 20), Proportion.of_counts(17, 20)
    recall = {"whole_frame": (many, few), "tiles_2x2": (many, many)}
    measured = SmallFires(
        sizes=(1 / 4, 1 / 36),
        pictures={"blaze": 20},
        recall=recall,
        by_class={"blaze": recall},
        normal_frames={"whole_frame": few, "tiles_2x2": many},
        normal_tiles=many,
        textureless=Textureless(few, 2.5),
    )
    metrics = {**own_run.metrics, "small_fires": json.loads(json.dumps(measured.to_json()))}
    shown = render(Findings.of(replace(own_run, metrics=metrics)), None)
    part = shown[shown.index('id="small"') : shown.index('id="mistakes"')]
    assert re.findall(r"<td>([\w ]+)</td><td>(\d+%)</td><td>(\d+%)", part) == [
        ("whole frame", "85%", "15%"),
        ("tiles 2x2", "85%", "85%"),
    ]
    assert "1/36" in part and "15.0% of 20 are called a hazard" in part


def test_the_audit_is_summed_up_with_the_gravest_first(own_run: TrainedModel) -> None:
    samples = tuple(Sample(row.file, row.label, row.group, row.sha256) for row in own_run.split)
    found = Dataset(own_run.dataset, own_run.labels, samples, ())
    checked = check(found, own_run.folder / "audit", Narrator(Console(file=io.StringIO())))
    metrics = {**own_run.metrics, "audit": json.loads(json.dumps(checked.for_run_file()))}
    shown = render(Findings.of(replace(own_run, metrics=metrics)), None)
    assert "audit" in sections(shown)
    part = shown[shown.index('id="audit"') :]
    assert "colour and brightness alone" in part
    assert re.search(r"<td>blaze.*?<td>(0|1)\.\d\d<", part, re.DOTALL)


def test_a_label_is_text_on_the_page_whatever_it_says(own_run: TrainedModel) -> None:
    hostile = "<img src=x>$\\frac{"
    text = json.dumps(own_run.metrics).replace('"haze"', json.dumps(hostile))
    table = (own_run.folder / "predictions.tsv").read_text(encoding="utf-8")
    (own_run.folder / "predictions.tsv").write_text(
        table.replace("haze\t", f"{hostile}\t").replace("score:haze", f"score:{hostile}"),
        encoding="utf-8",
    )
    labels = Labels(tuple(hostile if name == "haze" else name for name in own_run.labels))
    shown = render(Findings.of(replace(own_run, labels=labels, metrics=json.loads(text))), None)
    assert "<img src=x>" not in shown
    assert "&lt;img src=x&gt;" in shown
    assert {"confusion", "alarm", "probe"} <= sections(shown)


def test_the_page_is_the_same_every_time(whole_run: TrainedModel) -> None:
    findings = Findings.of(whole_run)
    assert render(findings, None) == render(findings, None)


def test_a_picture_that_went_away_is_named_and_the_rest_is_shown(
    own_run: TrainedModel, tmp_path: Path
) -> None:
    left_out = ScoreTable.read(own_run.folder, own_run.labels.names).of(LEFT_OUT)
    moved = replace(own_run, dataset=tmp_path / "elsewhere")
    gone = hang(moved, left_out, None, "nothing")
    assert gone.mistakes == () and gone.wrong > 0
    assert "cannot read" in gone.notes[0]
    text = render(Findings.of(moved), None)
    assert "cannot read" in text and "<img" not in text


def test_a_model_that_is_missing_costs_the_heat_and_no_more(own_run: TrainedModel) -> None:
    own_run.keras_path.unlink()
    text = write_report(own_run).read_text(encoding="utf-8")
    assert "No heat maps" in text
    assert "<img" in text


def test_a_missed_hazard_is_explained_by_its_own_heat(page: str) -> None:
    found = re.findall(
        r'is <strong class="right">(\w+)</strong>.*?taken for <strong class="wrong">(\w+)<.*?'
        r"heat of (\w+)",
        page,
        re.DOTALL,
    )
    assert found
    for truth, answer, heat in found:
        assert heat == (truth if answer == "nothing" else answer)


def test_the_gallery_is_bounded_in_number_and_size(page: str, whole_run: TrainedModel) -> None:
    assert page.count("<figure>") <= 2 * MOST_SHOWN
    assert len(page) < 3_000_000
    assert THUMBNAIL_PIXELS <= 320


def test_frames_of_one_scene_do_not_fill_the_gallery() -> None:
    def row(number: int, group: str) -> Scored:
        return Scored(f"{number}.jpg", "fire", group, "testing", "test", (0.1, 0.9))

    rows = [*(row(n, "hall") for n in range(20)), row(20, "yard"), row(21, "")]
    assert [one.file for one in spread(rows)[:5]] == ["0.jpg", "1.jpg", "2.jpg", "20.jpg", "21.jpg"]
    assert len(spread(rows)) == len(rows)


def test_a_report_that_cannot_be_drawn_leaves_the_run_and_says_so(own_run: TrainedModel) -> None:
    (own_run.folder / FILE).write_text("an earlier run's page")
    said: list[str] = []

    def broken(_tensors: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    assert try_report(own_run, said.append, broken) is None
    assert "the run is whole" in said[0] and "a fault of ours" in said[0]
    assert not (own_run.folder / FILE).exists()
    assert TrainedModel.read(own_run.folder).metrics == own_run.metrics


def test_the_command_on_the_page_is_the_one_that_was_run(tmp_path: Path) -> None:
    given = ["pictures of mine", "--out", "o", "--groups", "g.tsv", "--steps", "77", "--testing"]
    given += ["12.5", "--leave-one-group-out", "--seed", "5", "--bottleneck-dir", "b"]
    context = retrain_command.make_context("retrain", list(given))
    known = {name: str(v) if isinstance(v, Path) else v for name, v in context.params.items()}
    known["testing_percentage"] = known.pop("testing")
    inner = {name: known.pop(name) for name in ("steps", "seed")}
    run = _run_with(known | {"head": inner}, tmp_path)
    words = shlex.split(command_of(run))
    assert words[:3] == ["emberwatch", "retrain", "pictures of mine"]
    again = retrain_command.make_context("retrain", words[2:])
    assert again.params == context.params


def test_every_kind_of_option_is_said_as_it_was_typed() -> None:
    probe = click.Option(["--probe/--no-probe"], default=True)
    stop = click.Option(
        ["--no-early-stop", "early_stop"], is_flag=True, flag_value=False, default=True
    )
    layers = click.Option(["--hidden"], type=str)
    cluster = click.Option(["--cluster"])
    known = {"probe": False, "early_stop": False, "hidden": (64, 32), "address": "ray://here"}
    assert option_words(probe, known) == ["--no-probe"]
    assert option_words(stop, known) == ["--no-early-stop"]
    assert option_words(layers, known) == ["--hidden", "64,32"]
    assert option_words(cluster, known) == ["--cluster", "ray://here"]
    assert option_words(probe, {"probe": True}) == option_words(probe, {}) == []


def test_the_command_writes_the_page_and_says_the_verdict(own_run: TrainedModel) -> None:
    done = emberwatch("report", own_run.folder, "--false-alarms", "0.05")
    assert done.returncode == 0, done.stderr
    assert str(own_run.folder / FILE) in done.stdout
    assert "set for 1 in 20 normal pictures" in done.stdout
    assert "1 in 20" in (own_run.folder / FILE).read_text(encoding="utf-8")


def test_no_such_run_is_one_line(tmp_path: Path) -> None:
    assert_one_clear_line(emberwatch("report", tmp_path / "none"), 2, "no finished training run")


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from emberwatch import make_group\n"
        "for name in ('report', 'compare'):\n"
        "    make_group().main([name, '--help'], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'scipy', 'jinja2', 'h5py'}\n"
        "sys.exit(f'loaded {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _run_with(parameters: dict[str, object], folder: Path) -> TrainedModel:
    from edge.contract.preprocess import Preprocess

    Image.new("RGB", (8, 8)).save(folder / "a.png")
    return TrainedModel(
        folder, Labels(("a", "b")), Preprocess(8, 8), folder, (), {}, parameters, {}
    )
