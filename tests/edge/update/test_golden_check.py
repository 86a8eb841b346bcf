"""Claims of the golden check, and the mix-ups that it must notice."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from edge.contract.bundle import ModelBundle, sha256
from edge.contract.errors import BundleTampered, GoldenMismatch
from edge.contract.golden import GoldenVector
from edge.contract.picture import Rgb
from edge.inference.classifier import Classifier
from edge.update.cli import verify_command
from edge.update.golden import check_golden
from tests.fakes.tiny_bundle import tiny_bundle


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    """Return the tiny bundle, with vectors that this machine gave."""
    return tiny_bundle()


@pytest.fixture(scope="module")
def classifier(bundle: ModelBundle) -> Classifier:
    """Return the bundle's classifier."""
    return Classifier.from_bundle(bundle)


def test_the_machine_that_made_the_vectors_reproduces_them(
    bundle: ModelBundle, classifier: Classifier
) -> None:
    report = check_golden(classifier, bundle)
    assert report.failures == () and report.largest_difference == 0
    assert report.vectors == 6 and " " in report.runtime
    report.require()


class SwappedColours(Classifier):
    """A camera that takes blue for red."""

    def tensor(self, rgb: Rgb) -> Rgb:
        """Return the pixels with their channels the wrong way round."""
        return np.ascontiguousarray(super().tensor(rgb)[:, :, ::-1])


def test_swapped_colours_are_noticed(bundle: ModelBundle, classifier: Classifier) -> None:
    swapped = SwappedColours(
        classifier.interpreter, classifier.labels, classifier.preprocess, classifier.pixel_range
    )
    report = check_golden(swapped, bundle)
    assert any("another input tensor" in failure for failure in report.failures)
    with pytest.raises(GoldenMismatch, match="golden vectors do not come out"):
        report.require()


def test_one_quantum_passes_and_two_do_not(bundle: ModelBundle, classifier: Classifier) -> None:
    for quanta, passes in ((1, True), (2, False)):
        report = check_golden(classifier, _moved(bundle, quanta / 256))
        assert (report.failures == ()) is passes
        assert report.largest_quanta == pytest.approx(quanta, abs=0.01)


def test_a_missing_picture_and_no_vectors_are_refused(
    bundle: ModelBundle, classifier: Classifier
) -> None:
    lost = GoldenVector("golden/lost.png", "0" * 64, (1.0, 0.0, 0.0))
    with pytest.raises(BundleTampered, match=r"no golden/lost\.png"):
        check_golden(classifier, _with(bundle, lost))
    with pytest.raises(BundleTampered, match="cannot prove itself"):
        check_golden(classifier, _with(bundle))


def test_scores_for_another_number_of_classes_are_refused(
    bundle: ModelBundle, classifier: Classifier
) -> None:
    odd = replace(bundle.manifest.golden[0], scores=(0.5, 0.5))
    with pytest.raises(BundleTampered, match="another number of classes"):
        check_golden(classifier, _with(bundle, odd))


def test_verify_prints_one_line_or_json(bundle: ModelBundle, tmp_path) -> None:
    path = tmp_path / "tiny.ember"
    bundle.write(path)
    done = CliRunner().invoke(verify_command, [str(path)])
    assert done.exit_code == 0 and "6 golden pictures come out" in done.output
    assert done.stdout.count("\n") == 1
    found = json.loads(CliRunner().invoke(verify_command, [str(path), "--json"]).stdout)
    assert found["largest_quanta"] == 0 and found["failures"] == []
    assert found["digest"] == bundle.digest == sha256(bundle.manifest.to_bytes())


def test_verify_raises_on_a_mismatch(bundle: ModelBundle, tmp_path) -> None:
    path = tmp_path / "tiny.ember"
    _moved(bundle, 5 / 256).write(path)
    done = CliRunner().invoke(verify_command, [str(path)])
    assert isinstance(done.exception, GoldenMismatch) and done.exception.exit_code == 3
    assert done.stdout == ""


def _moved(bundle: ModelBundle, by: float) -> ModelBundle:
    """Return the bundle with its first vector's first score moved."""
    first, *others = bundle.manifest.golden
    scores = (first.scores[0] - by, *first.scores[1:])
    return _with(bundle, replace(first, scores=scores), *others)


def _with(bundle: ModelBundle, *vectors: GoldenVector) -> ModelBundle:
    """Return the bundle with other vectors."""
    return ModelBundle(replace(bundle.manifest, golden=vectors), bundle.files)
