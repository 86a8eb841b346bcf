"""Attacks on a whole bundle: a changed one is never loaded."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.contract.approval import Approval, Check
from edge.contract.bundle import LABELS_FILE, MODEL_FILE, ModelBundle, sha256
from edge.contract.errors import BundleError, BundleTampered, GateRefused
from edge.contract.labels import Labels
from tests.fakes.tiny_bundle import tiny_bundle

BUNDLE = tiny_bundle()
DATA = BUNDLE.to_bytes()


def test_a_bundle_survives_a_file(tmp_path: Path) -> None:
    path = tmp_path / "fire.ember"
    BUNDLE.write(path)
    assert ModelBundle.read(path) == BUNDLE
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_bundle_gives_the_same_bytes_and_digest() -> None:
    again = ModelBundle(BUNDLE.manifest, dict(reversed(BUNDLE.files.items())))
    assert again.to_bytes() == DATA
    assert again.digest == BUNDLE.digest


def test_a_flipped_byte_at_every_position_is_refused() -> None:
    data = bytearray(DATA)
    for at in range(len(data)):
        data[at] ^= 0xFF
        with pytest.raises(BundleError):
            ModelBundle.from_bytes(bytes(data))
        data[at] ^= 0xFF
    assert ModelBundle.from_bytes(bytes(data)) == BUNDLE


def test_another_model_under_the_same_manifest_is_refused() -> None:
    files = {**BUNDLE.files, MODEL_FILE: BUNDLE.model[:-1] + b"\1"}
    with pytest.raises(BundleTampered, match=MODEL_FILE):
        ModelBundle(BUNDLE.manifest, files)


def test_a_file_more_or_less_is_refused() -> None:
    with pytest.raises(BundleTampered, match="extra"):
        ModelBundle(BUNDLE.manifest, {**BUNDLE.files, "extra": b""})
    less = {name: content for name, content in BUNDLE.files.items() if name != LABELS_FILE}
    with pytest.raises(BundleTampered, match=LABELS_FILE):
        ModelBundle(BUNDLE.manifest, less)


def test_labels_in_another_order_than_the_labels_file_are_refused() -> None:
    turned = Labels(tuple(reversed(BUNDLE.manifest.labels.names)))
    with pytest.raises(BundleTampered, match="labels"):
        ModelBundle(replace(BUNDLE.manifest, labels=turned), BUNDLE.files)


def test_a_golden_picture_that_is_not_there_is_refused() -> None:
    name = BUNDLE.manifest.golden[0].picture
    files = {n: content for n, content in BUNDLE.files.items() if n != name}
    hashes = {n: sha256(content) for n, content in files.items()}
    with pytest.raises(BundleTampered, match=name):
        ModelBundle(replace(BUNDLE.manifest, files=hashes), files)


@pytest.mark.parametrize(
    "approval", [Approval(()), Approval((Check("accuracy_drop_points", 3.0, 1.0, False),))]
)
def test_no_bundle_is_made_without_a_passed_approval(approval: Approval) -> None:
    with pytest.raises(GateRefused):
        ModelBundle(replace(BUNDLE.manifest, approval=approval), BUNDLE.files)


@pytest.mark.parametrize("content", [b"", b"no bundle at all", DATA[:-1], DATA + b"\0"])
def test_a_damaged_file_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fire.ember"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"fire\.ember") as caught:
        ModelBundle.read(path)
    assert "\n" not in caught.value.line()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="No such file"):
        ModelBundle.read(tmp_path / "none.ember")
