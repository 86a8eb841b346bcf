"""A manifest says the same after a round trip, and a strange one is refused in one line."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edge.contract.errors import BundleTampered, BundleUnsupported
from edge.contract.manifest import Manifest
from tests.fakes.tiny_bundle import tiny_bundle

MANIFEST = tiny_bundle().manifest


def test_a_manifest_survives_a_round_trip() -> None:
    full = replace(
        MANIFEST,
        name="пожар 火",
        accuracy={"int8": 0.944, "interval": [0.91, 0.97]},
        provenance={"seed": 7, "note": "fumée"},
        golden_tolerance_quanta=2,
    )
    assert Manifest.from_bytes(full.to_bytes()) == full


def test_the_same_manifest_gives_the_same_bytes() -> None:
    again = replace(MANIFEST, files=dict(reversed(MANIFEST.files.items())))
    assert again.to_bytes() == MANIFEST.to_bytes()
    assert MANIFEST.to_bytes().endswith(b"}\n")


def test_another_schema_is_named() -> None:
    with pytest.raises(BundleUnsupported, match="version 2"):
        Manifest.from_bytes(MANIFEST.to_bytes().replace(b'"schema": 1', b'"schema": 2'))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"{}", b'{"schema": 1}', b"[" * 100_000]
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(BundleTampered):
        Manifest.from_bytes(data)


@pytest.mark.parametrize("name", sorted(json.loads(MANIFEST.to_bytes()).keys() - {"schema"}))
def test_a_field_of_another_type_is_refused(name: str) -> None:
    for wrong in (None, "x" if name not in ("name", "recipe") else 3, [[]], {"x": []}):
        if isinstance(wrong, dict) and name in ("accuracy", "provenance"):
            continue
        with pytest.raises(BundleTampered):
            Manifest.from_bytes(changed(lambda data, wrong=wrong: data.update({name: wrong})))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.update(surprise=1),
        lambda data: data.pop("labels"),
        lambda data: data["labels"].append("fire"),
        lambda data: data["golden"][0].update(scores=[float("nan")] * 3),
        lambda data: data["golden"][0].update(scores=[1e999, 0, 0]),
        lambda data: data["golden"][0].update(scores=[0.5, 0.5]),
        lambda data: data["golden"][0].update(scores=[2, 0, 0]),
        lambda data: data.update(golden_tolerance_quanta=-1),
        lambda data: data.update(golden_tolerance_quanta=1.5),
        lambda data: data.update(golden_tolerance=float("inf")),
        lambda data: data["input"].update(dtype="complex64"),
        lambda data: data["preprocess"].update(width=0),
        lambda data: data["preprocess"].update(width="wide"),
    ],
)
def test_an_impossible_field_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(BundleTampered) as caught:
        Manifest.from_bytes(changed(change))
    assert "\n" not in caught.value.line()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the manifest's bytes after a change to its JSON."""
    data = json.loads(MANIFEST.to_bytes())
    change(data)
    return json.dumps(data).encode()
