"""Claims of the autopsy's command, its files, its page, and the camera's tensors in a file."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from converter.autopsy.autopsy import Autopsy
from converter.autopsy.camera_tensors import environment_tensors, file_tensors
from converter.autopsy.cli import autopsy_command
from converter.autopsy.report import render
from converter.autopsy.specimen import Specimen, evenly
from converter.pi_environment import PiEnvironment
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError, ModelError
from tests.converter.autopsy.planting import clip_range


@pytest.fixture
def files(specimen: Specimen, converted: TrainedModel, tmp_path: Path) -> list[str]:
    """Return the options of a foreign pair: two models, labels and a folder."""
    (tmp_path / "int8.tflite").write_bytes(specimen.quantised)
    (tmp_path / "float.tflite").write_bytes(specimen.reference)
    (tmp_path / "labels.txt").write_text("\n".join(specimen.labels) + "\n")
    words = ["--model", str(tmp_path / "int8.tflite"), "--labels", str(tmp_path / "labels.txt")]
    words += ["--reference", str(tmp_path / "float.tflite")]
    return [*words, "--test", str(converted.dataset), "--out", str(tmp_path / "out")]


def _invoke(*words: str):
    return CliRunner().invoke(autopsy_command, list(words))


def test_a_run_is_taken_apart_and_both_files_are_written(own_run: TrainedModel, pi) -> None:
    done = _invoke(str(own_run.folder), "--edge-python", str(pi.python), "--calibration", "20")
    assert done.exception is None, done.output
    data = json.loads((own_run.folder / "autopsy.json").read_text())
    assert data["verdict"]["kind"] == "none" and data["pictures"] == 18
    assert data["source"] == "the run's validation part"
    assert [stage["key"] for stage in data["stages"]][-1] == "camera"
    assert "No loss worth speaking of" in done.output
    page = (own_run.folder / "autopsy.html").read_text()
    assert page.count("<svg") == 2


def test_a_foreign_pair_needs_no_run(files: list[str], tmp_path: Path) -> None:
    done = _invoke(*files, "--pictures", "30", "--json")
    assert done.exception is None, done.output
    data = json.loads(done.stdout)
    assert data == json.loads((tmp_path / "out" / "autopsy.json").read_text())
    assert data["pictures"] == 30 and data["model"] == "int8.tflite"
    assert any("labelled pictures" in note for note in data["notes"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needs a run"),
        (["--model", "m.tflite"], "no --reference, no --labels, no --test"),
        (["run", "--labels", "l.txt"], "brings its own labels"),
    ],
)
def test_words_that_do_not_fit_together_are_refused(words, said) -> None:
    done = _invoke(*words)
    assert isinstance(done.exception, InputError) and said in done.exception.line()


def test_a_damaged_model_is_refused(files: list[str], tmp_path: Path) -> None:
    for cut in (100, 3000, 9000):
        whole = (tmp_path / "float.tflite").read_bytes()
        (tmp_path / "int8.tflite").write_bytes(whole[:cut])
        done = _invoke(*files)
        assert isinstance(done.exception, ModelError), cut


def test_two_networks_that_are_not_one_are_said_to_differ(dissect, specimen) -> None:
    clipped, _ = clip_range(specimen.quantised, 1, 0.04)
    found: Autopsy = dissect(reference=clipped)
    assert any("no float weights were found" in note for note in found.notes)
    assert any("before anything is quantised" in note for note in found.notes)


def test_the_page_asks_nothing_of_anyone_and_takes_names_as_text(dissect) -> None:
    found: Autopsy = dissect()
    text = render(replace(found, name="<img src=x>"))
    assert "<script" not in text and "<img" not in text
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)|url\(([^)]*)\)""", text)
    assert [a or b for a, b in addresses if not (a or b).startswith(("data:", "#"))] == []
    assert render(found) == render(found)


def test_the_page_names_the_worst_layer_of_a_poisoned_model(dissect, specimen) -> None:
    clipped, _ = clip_range(specimen.quantised, 1, 0.04)
    found: Autopsy = dissect(clipped)
    text = render(found)
    assert found.noisiest_layers[0].label in text
    assert "Layers that stand out" in text
    assert f'class="verdict {found.verdict.kind}"' in text and found.verdict.kind != "none"


def test_tensors_from_a_file_are_those_of_the_pictures_named(specimen, tmp_path) -> None:
    some = specimen.pictures[::3]
    ours = np.stack([specimen.preprocess.apply(one.read()) for one in some])
    np.savez(tmp_path / "c.npz", files=[one.file for one in some], tensors=ours / 1.0)
    found = file_tensors(tmp_path / "c.npz", specimen.preprocess)(specimen.pictures)
    assert [tensor is None for tensor in found] == [at % 3 != 0 for at in range(len(found))]
    assert np.array_equal(np.stack([t for t in found if t is not None]), ours)


def test_pictures_without_a_tensor_are_left_out_and_counted(dissect, specimen) -> None:
    def camera(pictures):
        made = [specimen.preprocess.apply(one.read()) for one in pictures]
        return [None if at < 5 else tensor for at, tensor in enumerate(made)]

    found: Autopsy = dissect(camera=camera)
    assert found.stages[0].accuracy.of == len(specimen.pictures) - 5
    assert any("5 pictures left out" in note for note in found.notes)


@pytest.mark.parametrize(
    "content",
    [
        {"tensors": np.zeros((2, 9, 9, 3)), "files": ["a", "b"]},
        {"tensors": np.zeros((2, 48, 48, 3)), "files": ["a"]},
        {"tensors": np.full((1, 48, 48, 3), np.nan), "files": ["a"]},
        {"pixels": np.zeros((1, 48, 48, 3)), "files": ["a"]},
        None,
    ],
)
def test_a_file_of_other_tensors_is_refused(content, specimen, tmp_path) -> None:
    path = tmp_path / "c.npz"
    if content is None:
        path.write_bytes(b"PK\3\4 no archive")
    else:
        np.savez(path, **content)
    with pytest.raises(InputError):
        file_tensors(path, specimen.preprocess)


def test_a_file_without_any_of_the_pictures_is_refused(specimen, tmp_path) -> None:
    np.savez(tmp_path / "c.npz", files=["other.jpg"], tensors=np.zeros((1, 48, 48, 3)))
    with pytest.raises(InputError, match="none of the pictures"):
        file_tensors(tmp_path / "c.npz", specimen.preprocess)(specimen.pictures)


def test_the_cameras_environment_makes_our_tensors(specimen, pi: PiEnvironment) -> None:
    theirs = environment_tensors(pi, specimen.preprocess)(specimen.pictures[:5])
    for picture, tensor in zip(specimen.pictures, theirs, strict=False):
        assert np.array_equal(tensor, specimen.preprocess.apply(picture.read()))


def test_pictures_are_taken_evenly() -> None:
    assert evenly(range(10), 20) == list(range(10))
    assert evenly(range(9), 3) == [0, 4, 8]
    assert len(set(evenly(range(100), 37))) == 37
