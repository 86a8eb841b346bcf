"""Claims of packaging, and what a bundle must refuse."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.benchmark.benchmark import Benchmark
from converter.packaging.gate import Gate
from converter.packaging.golden_pictures import colour_bars, per_class
from converter.packaging.package import Packager
from converter.pi_environment import PiEnvironment
from converter.recipes import find_recipe
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from edge.contract.bundle import ModelBundle, sha256
from edge.contract.errors import BundleError, GateRefused, GoldenMismatch, InputError
from edge.contract.labels import Labels
from edge.contract.picture import decode_picture
from tests.converter.conftest import make_conversion
from tests.converter.planted import planted_benchmark

INT8 = find_recipe("int8")


@pytest.fixture(scope="module")
def bundle_path(
    converted: TrainedModel, pi: PiEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the small run's int8 bundle."""
    out = tmp_path_factory.mktemp("bundle") / "small.ember"
    Packager(make_conversion(converted, pi), Gate(5.0)).package(INT8, out)
    return out


def test_the_bundle_holds_what_a_camera_and_a_person_need(
    bundle_path: Path, converted: TrainedModel
) -> None:
    bundle = ModelBundle.read(bundle_path)
    manifest = bundle.manifest
    assert (manifest.name, manifest.recipe, manifest.labels) == ("small", "int8", converted.labels)
    assert manifest.preprocess == converted.preprocess
    model = TfliteModel.read(converted, INT8)
    assert model is not None and sha256(bundle.model) == model.sha256
    benchmark = Benchmark.read(converted)
    assert benchmark is not None
    assert manifest.accuracy["float_accuracy"] == benchmark.reference.accuracy.value
    assert manifest.provenance["calibration"]["seed"] == 0
    card = bundle.files["card.md"].decode()
    assert "never replaces approved detectors" in card and "| blaze |" in card


def test_the_manifest_names_no_path_of_this_machine(
    bundle_path: Path, converted: TrainedModel
) -> None:
    bundle = ModelBundle.read(bundle_path)
    for text in (bundle.manifest.to_bytes().decode(), bundle.files["card.md"].decode()):
        assert str(converted.folder.parent) not in text


def test_golden_pictures_cover_every_class_and_no_test_picture(
    bundle_path: Path, converted: TrainedModel
) -> None:
    bundle = ModelBundle.read(bundle_path)
    golden = bundle.manifest.golden
    assert len(golden) == 7
    assert [Path(vector.picture).suffix for vector in golden] == [".jpg"] * 6 + [".png"]
    for vector in golden:
        rgb = decode_picture(bundle.files[vector.picture], vector.picture)
        assert max(rgb.shape) <= 640
    tests = {row.sha256 for row in converted.pictures("testing")}
    assert not tests & {sha256(bundle.files[vector.picture]) for vector in golden}


@pytest.mark.parametrize(("classes", "expected"), [(2, 3), (3, 2), (5, 2), (1, 6)])
def test_there_are_six_golden_photographs_at_least(classes: int, expected: int) -> None:
    assert per_class(classes) == expected


def test_the_colour_bars_show_every_mix_up() -> None:
    rgb = decode_picture(colour_bars(), "bars")
    for other in (rgb[:, :, ::-1], rgb[:, ::-1], rgb[::-1], rgb[::-1, ::-1]):
        assert (other != rgb).mean() > 0.2


def test_the_bundle_proves_itself_in_every_runtime(
    bundle_path: Path, pi_environments: list[PiEnvironment]
) -> None:
    for environment in pi_environments:
        report = json.loads(environment.verify(bundle_path))
        assert report["failures"] == [] and report["largest_quanta"] <= 1
        assert report["runtime"] == environment.runtime


def test_packaging_again_gives_the_same_bytes(
    bundle_path: Path, converted: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    again = tmp_path / bundle_path.name
    Packager(make_conversion(converted, pi), Gate(5.0)).package(INT8, again)
    assert again.read_bytes() == bundle_path.read_bytes()


def test_a_flipped_byte_anywhere_is_refused(bundle_path: Path) -> None:
    data = bundle_path.read_bytes()
    rng = np.random.default_rng(11)
    places = {0, len(data) - 1, *range(0, len(data), 512), *rng.integers(0, len(data), 300)}
    for place in sorted(map(int, places)):
        for flip in (0x01, 0x80):
            broken = bytearray(data)
            broken[place] ^= flip
            with pytest.raises(BundleError):
                ModelBundle.from_bytes(bytes(broken))


@pytest.mark.parametrize("keep", [0, 1, 511, 512, 4096, -512, -1])
def test_a_bundle_cut_short_is_refused(bundle_path: Path, keep: int) -> None:
    with pytest.raises(BundleError):
        ModelBundle.from_bytes(bundle_path.read_bytes()[:keep])


def test_a_planted_drop_is_refused_and_leaves_no_file(
    own_run: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    model = TfliteModel.read(own_run, INT8)
    assert model is not None
    planted_benchmark(
        float_right=190,
        int8_right=180,
        of=200,
        sha256=model.sha256,
        runtime=pi.runtime,
        keras_sha256=model.keras_sha256,
    ).write(own_run.folder)
    out = tmp_path / "out" / "fire.ember"
    with pytest.raises(GateRefused, match=r"accuracy_drop_points 5, at most 1"):
        Packager(make_conversion(own_run, pi), Gate(1.0)).package(INT8, out)
    assert not out.parent.exists()
    lenient = Gate(5.0, max_recall_drop_points=10)
    Packager(make_conversion(own_run, pi), lenient).package(INT8, out)
    assert [path.name for path in out.parent.iterdir()] == ["fire.ember"]


def test_scores_that_do_not_come_out_are_a_mismatch(
    bundle_path: Path, pi: PiEnvironment, tmp_path: Path
) -> None:
    bundle = ModelBundle.read(bundle_path)
    first, *others = bundle.manifest.golden
    wrong = replace(first, scores=(abs(first.scores[0] - 3 / 256), *first.scores[1:]))
    manifest = replace(bundle.manifest, golden=(wrong, *others))
    planted = tmp_path / "planted.ember"
    ModelBundle(manifest, bundle.files).write(planted)
    with pytest.raises(GoldenMismatch, match="1 of 7 golden vectors do not come out"):
        pi.verify(planted)


def test_a_wrong_number_of_labels_is_one_clear_error(
    bundle_path: Path, pi: PiEnvironment, tmp_path: Path, converted: TrainedModel
) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(ModelBundle.read(bundle_path).model)
    picture = converted.path_of(converted.split[0])
    with pytest.raises(InputError, match=r"found 2 labels; expected 3"):
        pi.predict(model, [picture], Labels(("blaze", "haze")))


@pytest.mark.parametrize("name", ["float32", "int8-float-head"])
def test_a_model_with_float_scores_is_packed_and_proves_itself_too(
    name: str, own_run: TrainedModel, pi_environments: list[PiEnvironment], tmp_path: Path
) -> None:
    out = tmp_path / "float.ember"
    recipe = find_recipe(name)
    Packager(make_conversion(own_run, pi_environments[0]), Gate()).package(recipe, out)
    for environment in pi_environments:
        report = json.loads(environment.verify(out))
        assert report["failures"] == [] and report["largest_quanta"] is None


def test_a_class_with_no_picture_to_prove_by_is_refused(
    own_run: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    rows = tuple(r for r in own_run.split if r.label != "haze" or r.part == "testing")
    bare = replace(own_run, split=rows)
    with pytest.raises(InputError, match="class haze has too few pictures"):
        Packager(make_conversion(bare, pi), Gate(5.0)).package(INT8, tmp_path / "x.ember")
    assert not (tmp_path / "x.ember").exists()
