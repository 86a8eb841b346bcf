"""A planted model is caught by what it falls for, and by nothing else; its word is kept."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from converter.gauntlet.certificate import Certificate
from converter.gauntlet.conditions import find_condition
from converter.gauntlet.exhibits import Exhibits, Source, gather
from converter.gauntlet.gauntlet import Gauntlet, run_gauntlet
from converter.gauntlet.page import render_page
from converter.gauntlet.subject import Subject
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from edge.contract.errors import DatasetError, InputError
from tests.converter.gauntlet.planted_model import planted_model, write_pictures

CONDITIONS = tuple(map(find_condition, ("sunset", "headlights", "grey wall")))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("pictures") / "labelled")


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Return the model that takes bright warm spots for fire."""
    return planted_model(tmp_path_factory.mktemp("model") / "planted.tflite", threshold=25)


@pytest.fixture(scope="module")
def exhibits(subject: Subject, pictures: Path) -> Exhibits:
    return gather([Source.labelled("test", pictures, subject)], subject)


@pytest.fixture(scope="module")
def fooled(subject: Subject, exhibits: Exhibits, pi: PiEnvironment) -> Gauntlet:
    return run_gauntlet(subject, exhibits, pi, Progress(), 0, CONDITIONS)


def checks(certificate: Certificate) -> dict[str, bool]:
    found = certificate.checks(advisory=False)
    return {check.name: check.passed for check in found}


def test_a_model_that_sees_fire_in_bright_warm_spots_is_caught(fooled: Gauntlet) -> None:
    passed = checks(fooled.certificate)
    assert not passed["gauntlet_false_alarm_rise_points[sunset]"]
    assert not passed["gauntlet_false_alarm_rise_points[headlights]"]
    assert passed["gauntlet_false_alarm_rise_points[grey wall]"]


def test_every_rate_says_of_how_many(fooled: Gauntlet) -> None:
    plain = fooled.certificate.plain
    assert (plain.false_alarms.share.count, plain.false_alarms.share.of) == (0, 8)
    assert (plain.recall["fire"].share.count, plain.recall["fire"].share.of) == (8, 8)
    sunset = next(one for one in fooled.certificate.tried if one.step == "sun in view")
    share = sunset.false_alarms.share
    assert sunset.false_alarms.appeared == share.count
    assert share.low is not None and share.low < (share.value or 0)
    wall = next(one for one in fooled.certificate.tried if one.condition == "grey wall")
    assert wall.recall == {} and wall.recall_of_all is None


def test_a_model_that_is_not_fooled_gets_its_certificate(
    subject: Subject, exhibits: Exhibits, pi: PiEnvironment, tmp_path: Path
) -> None:
    calm = planted_model(tmp_path / "calm.tflite", threshold=300)
    quiet = tuple(one for one in exhibits.shown if one.label == "misc")
    done = run_gauntlet(calm, Exhibits(quiet), pi, Progress(), 0, CONDITIONS[:2])
    assert len(checks(done.certificate)) == 2 and all(checks(done.certificate).values())
    assert done.certificate.fits(calm.sha256, pi.runtime)
    assert not done.certificate.fits(subject.sha256, pi.runtime)
    assert not done.certificate.fits(calm.sha256, "tflite-runtime 9.9")


def test_the_same_gauntlet_gives_the_same_certificate_and_no_paths(
    fooled: Gauntlet, subject: Subject, pictures: Path, pi: PiEnvironment, tmp_path: Path
) -> None:
    again = gather([Source.labelled("test", pictures, subject)], subject)
    done = run_gauntlet(subject, again, pi, Progress(), 0, CONDITIONS)
    text = done.certificate.to_text()
    assert text == fooled.certificate.to_text()
    assert str(pictures) not in text
    done.certificate.write(tmp_path)
    assert Certificate.read(tmp_path) == fooled.certificate


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": 9}', '{"schema": 1, "plain": 3}'])
def test_a_damaged_certificate_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "gauntlet.json").write_text(text)
    assert Certificate.read(tmp_path) is None


def test_the_page_needs_nothing_from_elsewhere_and_shows_each_condition(fooled: Gauntlet) -> None:
    page = render_page(fooled)
    assert "http" not in page and "<script" not in page
    for word in ("Sunset", "Headlights", "Grey wall", "sun in view", "said fire"):
        assert word in page
    assert page.count("data:image/jpeg;base64,") >= 15


def test_pictures_that_the_model_was_trained_by_are_left_out(
    subject: Subject, exhibits: Exhibits, pictures: Path
) -> None:
    first = next(one for one in exhibits.shown if one.label == "misc")
    knowing = replace(subject, seen=frozenset({first.sha256}))
    found = gather([Source.labelled("test", pictures, knowing)], knowing)
    assert len(found.shown) == len(exhibits.shown) - 1
    assert len(found.left_out) == 1 and "trained" in found.left_out[0]
    knowing = replace(subject, seen=frozenset(one.sha256 for one in exhibits.shown))
    with pytest.raises(DatasetError, match="no pictures of misc"):
        gather([Source.labelled("test", pictures, knowing)], knowing)


def test_site_frames_are_normal_pictures_and_copies_count_once(
    subject: Subject, pictures: Path
) -> None:
    sources = [
        Source.labelled("test", pictures, subject),
        Source.site(pictures / "misc", subject),
    ]
    assert gather(sources, subject).counts() == {"test": {"fire": 8, "misc": 8}}
    site = [Source.site(pictures / "misc", subject)]
    assert gather(site, subject, most=3).counts() == {"site": {"misc": 3}}


def test_an_unreadable_picture_is_left_out_by_name(subject: Subject, tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 2)
    (folder / "misc" / "broken.png").write_bytes(b"\x89PNG no more")
    found = gather([Source.labelled("test", folder, subject)], subject)
    assert len(found.shown) == 4 and "broken.png" in found.left_out[0]


def test_a_folder_without_pictures_is_refused(subject: Subject, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Source.site(tmp_path, subject)
    with pytest.raises(InputError):
        Source.site(tmp_path / "nowhere", subject)


def test_a_certificate_is_plain_json(fooled: Gauntlet) -> None:
    data = json.loads(fooled.certificate.to_text())
    assert data["model_sha256"] == fooled.subject.sha256
    assert data["tried"][0]["false_alarms"]["share"]["of"] == 8
