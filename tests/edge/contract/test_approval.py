"""Attacks on an approval: it cannot say passed where its own figures say otherwise."""

import json
from dataclasses import replace

import pytest

from edge.contract.approval import Approval, Check
from edge.contract.bundle import ModelBundle
from edge.contract.errors import BundleTampered
from edge.contract.manifest import Manifest
from tests.fakes.tiny_bundle import tiny_bundle

BUNDLE = tiny_bundle()
DROP = Check("accuracy_drop_points", 0.4, 1.0, passed=True)
RECALL = Check(
    *("recall_percent[fire]", 41.2, 50.0, False),
    at_least=True,
    count=21,
    of=51,
    low=28.8,
    high=54.8,
)


def test_an_old_manifest_reads_and_keeps_its_digest() -> None:
    old = {"name": "accuracy_drop_points", "measured": 0.0, "limit": 1.0, "passed": True}
    data = json.loads(BUNDLE.manifest.to_bytes())
    assert data["approval"] == {"checks": [old]}
    assert Manifest.from_bytes(BUNDLE.manifest.to_bytes()).to_bytes() == BUNDLE.manifest.to_bytes()


def test_every_field_survives_a_round_trip() -> None:
    approval = Approval((DROP, RECALL, replace(DROP, advisory=True)), "a demo, on the bench only")
    assert Approval.from_json(json.loads(json.dumps(approval.to_json()))) == approval


def test_a_failed_check_keeps_a_model_from_passing_and_a_warning_does_not() -> None:
    assert not Approval((DROP, RECALL)).granted
    assert Approval((DROP, replace(RECALL, advisory=True))).passed
    assert not Approval(()).granted


def test_an_override_is_granted_and_tells_the_reason_and_what_failed() -> None:
    approval = Approval((DROP, RECALL), "agreed with the fire officer")
    assert approval.granted and not approval.passed
    for word in ("OVERRIDDEN", "agreed with the fire officer", "recall_percent[fire]"):
        assert word in approval.warning
    bundle = ModelBundle(replace(BUNDLE.manifest, approval=approval), BUNDLE.files)
    assert ModelBundle.from_bytes(bundle.to_bytes()).manifest.approval == approval


@pytest.mark.parametrize("reason", [" ", "\t \n", "one\ntwo", "\x1b[2Jall is well", "x" * 501])
def test_a_reason_that_says_nothing_or_drives_the_terminal_is_refused(reason: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        Approval((RECALL,), reason)


def test_an_override_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no check failed"):
        Approval((DROP,), "just in case")


@pytest.mark.parametrize(
    "change",
    [
        {"measured": 3.0},
        {"passed": False},
        {"passed": 1},
        {"passed": "yes"},
        {"measured": None},
        {"measured": True},
        {"measured": "0"},
        {"name": "recall\x1b[2J"},
        {"low": "a"},
        {"advisory": "no"},
        {"more": 1},
    ],
)
def test_a_check_that_contradicts_its_figures_is_refused(change: dict[str, object]) -> None:
    data = json.loads(BUNDLE.manifest.to_bytes())
    data["approval"]["checks"][0].update(change)
    with pytest.raises(BundleTampered):
        Manifest.from_bytes(json.dumps(data).encode())


@pytest.mark.parametrize(
    "override",
    [
        None,
        [],
        "yes",
        {"reason": "because"},
        {"reason": "because", "failed": []},
        {"reason": " ", "failed": ["recall_percent[fire]"]},
        {"reason": 7, "failed": ["recall_percent[fire]"]},
    ],
)
def test_an_override_that_hides_what_failed_is_refused(override: object) -> None:
    data = json.loads(BUNDLE.manifest.to_bytes())
    data["approval"] = Approval((RECALL,)).to_json() | {"override": override}
    with pytest.raises(BundleTampered):
        Manifest.from_bytes(json.dumps(data).encode())


def test_a_check_reads_as_one_line_with_its_counts() -> None:
    assert RECALL.line() == (
        "recall_percent[fire] 41.2 (21 of 51; 95% interval 28.8 to 54.8), at least 50: FAILED"
    )
