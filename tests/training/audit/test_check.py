import shutil
import unicodedata

import numpy as np
import pytest
from PIL import Image

from converter.trained_model import SplitRow
from tests.training.audit.scenery import jpeg_bytes, scenery, write_scenery
from training.audit.step import Checked, check
from training.dataset import scan
from training.narrator import Narrator
from training.split import split


def checked(folder, cache, groups=None) -> Checked:
    return check(scan(folder, groups, strict=False), cache, Narrator())


def finding(result: Checked, name: str):
    found = {one.name: one for one in result.audit.findings}
    return found[name]


def names(result: Checked) -> set[str]:
    return {one.name for one in result.audit.findings}


@pytest.fixture
def folder(tmp_path):
    return write_scenery(tmp_path / "d", {"fire": 25, "misc": 25})


def test_a_clean_dataset_has_no_findings(folder, tmp_path):
    assert checked(folder, tmp_path / "c").audit.findings == ()


def test_unreadable_files_are_named_with_the_reason(folder, tmp_path):
    whole = jpeg_bytes(scenery(99))
    (folder / "fire" / "half.jpg").write_bytes(whole[:-400])
    (folder / "misc" / "page.png").write_text("<html>")
    found = finding(checked(folder, tmp_path / "c"), "unreadable")
    assert [(one.file, one.words.split(":")[0]) for one in found.exhibits] == [
        ("fire/half.jpg", "truncated"),
        ("misc/page.png", "not a picture"),
    ]


def test_the_same_picture_in_two_classes_is_named(folder, tmp_path):
    shutil.copy(folder / "fire" / "003.jpg", folder / "misc" / "again.jpg")
    found = finding(checked(folder, tmp_path / "c"), "in_two_classes")
    assert found.level == "wrong"
    assert {one.file for one in found.removals} == {"fire/003.jpg", "misc/again.jpg"}


def test_an_exact_copy_within_a_class_is_named_and_one_is_kept(folder, tmp_path):
    shutil.copy(folder / "fire" / "003.jpg", folder / "fire" / "zz.jpg")
    found = finding(checked(folder, tmp_path / "c"), "exact_duplicates")
    assert [one.file for one in found.removals] == ["fire/zz.jpg"]


def test_a_resized_and_compressed_copy_in_another_class_is_found(folder, tmp_path):
    with Image.open(folder / "fire" / "007.jpg") as picture:
        picture.resize((140, 100)).save(folder / "misc" / "small.jpg", quality=35)
    result = checked(folder, tmp_path / "c")
    found = finding(result, "near_duplicates_across_classes")
    assert [(one.file, one.beside) for one in found.exhibits] == [
        ("fire/007.jpg", "misc/small.jpg")
    ]
    groups = {sample.file: sample.group for sample in result.samples}
    assert groups["fire/007.jpg"] == groups["misc/small.jpg"]


def test_of_a_smaller_copy_within_a_class_the_larger_is_kept(folder, tmp_path):
    with Image.open(folder / "fire" / "007.jpg") as picture:
        picture.resize((480, 360)).save(folder / "fire" / "large.jpg", quality=95)
    found = finding(checked(folder, tmp_path / "c"), "near_duplicates")
    assert [one.file for one in found.removals] == ["fire/007.jpg"]


def test_frames_of_one_scene_with_and_without_the_hazard_are_no_fault(folder, tmp_path):
    with Image.open(folder / "fire" / "007.jpg") as picture:
        picture.save(folder / "misc" / "calm.jpg", quality=50)
    scene = {"fire/007.jpg": "yard", "misc/calm.jpg": "yard"}
    result = checked(folder, tmp_path / "c", scene)
    assert finding(result, "near_duplicates_in_scenes").level == "know"
    assert "near_duplicates_across_classes" not in names(result)
    assert result.audit.removals == ()


def test_near_duplicates_between_two_named_groups_are_reported(folder, tmp_path):
    with Image.open(folder / "fire" / "007.jpg") as picture:
        picture.save(folder / "misc" / "same.jpg", quality=50)
    groups = {"fire/007.jpg": "yard", "misc/same.jpg": "court"}
    result = checked(folder, tmp_path / "c", groups)
    found = finding(result, "near_duplicates_between_groups")
    assert found.exhibits[0].words == "court and yard"
    kept = {sample.file: sample.group for sample in result.samples}
    assert (kept["fire/007.jpg"], kept["misc/same.jpg"]) == ("yard", "court")


def test_near_duplicates_on_two_sides_of_a_split_are_named(folder, tmp_path):
    with Image.open(folder / "fire" / "007.jpg") as picture:
        picture.save(folder / "fire" / "same.jpg", quality=50)
    result = checked(folder, tmp_path / "c")
    rows = [
        SplitRow(s.file, s.label, s.group, s.sha256, "testing" if "same" in s.file else "training")
        for s in result.found.samples
    ]
    found = finding(result.with_split(rows), "across_the_split")
    assert [(one.file, one.beside) for one in found.exhibits] == [("fire/007.jpg", "fire/same.jpg")]


def test_a_split_of_the_audited_families_has_nothing_on_two_sides(folder, tmp_path):
    for i in range(25):
        with Image.open(folder / "fire" / f"{i:03}.jpg") as picture:
            picture.save(folder / "fire" / f"copy{i}.jpg", quality=50)
    result = checked(folder, tmp_path / "c")
    assert len(result.families.sizes) == 25
    assert "across_the_split" not in names(result.with_split(split(result.samples, 20, 20)))


def test_labels_of_any_alphabet_survive_an_audit(tmp_path):
    given = {"огонь": 25, "煙": 25, "धुआँ": 25, "धुआ": 25, "Feuer & Rauch": 25}
    result = checked(write_scenery(tmp_path / "d", given), tmp_path / "c")
    assert {row.label for row in result.audit.classes} == set(given)
    # Vowel signs tell words apart: these are two classes, and no twins.
    assert "classes" not in names(result)


def test_class_names_that_collide_are_a_finding_and_no_crash(tmp_path):
    twins = {unicodedata.normalize(form, "café"): 22 for form in ("NFC", "NFD")}
    result = checked(write_scenery(tmp_path / "d", twins | {"Fire": 22}), tmp_path / "c")
    assert finding(result, "classes").level == "wrong"
    assert sum(row.pictures for row in result.audit.classes) == 66


def test_class_names_that_look_alike_are_asked_about(tmp_path):
    result = checked(write_scenery(tmp_path / "d", {"no fire": 25, "no_fire": 25}), tmp_path / "c")
    assert "'no fire' and 'no_fire'" in finding(result, "classes").line


def test_a_class_of_few_pictures_is_named(tmp_path):
    result = checked(write_scenery(tmp_path / "d", {"fire": 90, "misc": 21}), tmp_path / "c")
    assert "misc 21" in finding(result, "class_balance").line


def test_a_class_that_is_one_scene_is_named(folder, tmp_path):
    groups = {f"fire/{i:03}.jpg": "yard" for i in range(20)}
    for number, file in enumerate(groups):
        scenery(500).save(folder / file, quality=95 - number)
    assert "fire: 80% is yard" in finding(checked(folder, tmp_path / "c", groups), "scenes").line


def test_pictures_are_counted_per_scene_and_class(folder, tmp_path):
    groups = {f"{label}/{i:03}.jpg": "yard" for label in ("fire", "misc") for i in range(3)}
    data = checked(folder, tmp_path / "c", groups | {"fire/009.jpg": "room"}).audit.to_json()
    assert data["groups"] == {"yard": {"fire": 3, "misc": 3}, "room": {"fire": 1, "misc": 0}}


def test_files_that_are_not_looked_at_are_counted(folder, tmp_path):
    for name in ("a.heic", "b.HEIC", "c.txt"):
        (folder / "fire" / name).write_bytes(b"x")
    assert ".heic 2, .txt 1" in finding(checked(folder, tmp_path / "c"), "ignored").line


def test_a_second_audit_reads_no_picture_and_says_the_same(folder, tmp_path):
    found = scan(folder)
    first = check(found, tmp_path / "c", Narrator())
    shutil.rmtree(folder)
    assert check(found, tmp_path / "c", Narrator()).audit == first.audit


def test_a_wrong_label_is_found_from_features_and_kept(folder, tmp_path):
    result = checked(folder, tmp_path / "c")
    rows = split(result.samples, 20, 20)
    classes = np.array([["fire", "misc"].index(row.label) for row in rows])
    rng = np.random.default_rng(0)
    looks = classes.copy()
    looks[4] = 1 - looks[4]
    features = (rng.normal(size=(2, 32))[looks] + 0.3 * rng.normal(size=(50, 32))).astype("f4")
    for _ in range(2):  # the second answer comes from the cache
        audit = result.with_labels(rows, features, classes).audit
        (doubted,) = (one for one in audit.findings if one.name == "suspicious_labels")
        assert [one.file for one in doubted.exhibits] == [rows[4].file]
        assert audit.labels_judged == 50


def test_notes_are_few_and_what_goes_into_a_run_file_is_short(folder, tmp_path):
    for i in range(60):
        (folder / "fire" / f"bad{i}.jpg").write_text(f"{i}")
    result = checked(folder, tmp_path / "c")
    assert len(result.audit.notes()) <= 8
    (listed,) = (one for one in result.for_run_file()["findings"] if one["name"] == "unreadable")
    assert (listed["count"], len(listed["exhibits"])) == (60, 24)
