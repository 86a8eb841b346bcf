import os
import shutil
import unicodedata

import pytest
from PIL import Image

from edge.contract.errors import DatasetError
from tests.training.pictures import write_dataset
from training.dataset import read_groups, require_known, scan


def test_pictures_of_every_suffix_and_case_are_found(tmp_path):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i, name in enumerate(["1.jpg", "2.JPEG", "3.Png", "4.webp", "5.BMP"]):
            Image.new("RGB", (8, 8), (i * 20, len(label), ord(label))).save(tmp_path / label / name)
        (tmp_path / label / "notes.txt").write_text("no picture")
    found = scan(tmp_path)
    assert [s.file for s in found.samples if s.label == "a"] == [
        f"a/{n}" for n in ("1.jpg", "2.JPEG", "3.Png", "4.webp", "5.BMP")
    ]


def test_labels_of_any_alphabet_survive(tmp_path):
    names = ["огонь", "煙", "Feuer & Rauch", "дым"]
    write_dataset(tmp_path / "d", 3, colours=dict.fromkeys(names, (9, 9, 9)))
    assert sorted(scan(tmp_path / "d").labels) == sorted(names)


def test_labels_that_differ_only_in_case_or_form_are_refused(tmp_path):
    write_dataset(tmp_path / "case", 3, colours={"Fire": (9, 9, 9), "fire": (1, 1, 1)})
    with pytest.raises(DatasetError, match="same name"):
        scan(tmp_path / "case")
    names = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    write_dataset(tmp_path / "form", 3, colours=dict.fromkeys(names, (9, 9, 9)))
    with pytest.raises(DatasetError, match="same name"):
        scan(tmp_path / "form")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DatasetError, match="no folder .*nowhere"):
        scan(tmp_path / "nowhere")


def test_one_class_only_is_refused(tmp_path):
    write_dataset(tmp_path, 3, colours={"fire": (9, 9, 9)})
    with pytest.raises(DatasetError, match="too few classes"):
        scan(tmp_path)


def test_an_empty_class_is_named(tmp_path):
    write_dataset(tmp_path, 3)
    (tmp_path / "steam").mkdir()
    with pytest.raises(DatasetError, match="no pictures; found steam/"):
        scan(tmp_path)


def test_a_picture_twice_in_a_class_counts_once_and_is_noted(tmp_path):
    write_dataset(tmp_path, 3)
    shutil.copy(tmp_path / "fire" / "001.jpg", tmp_path / "fire" / "twin.jpg")
    found = scan(tmp_path)
    assert found.count("fire") == 3
    assert any("fire/twin.jpg is the same picture as fire/001.jpg" in n for n in found.notes)


def test_a_picture_in_two_classes_is_noted(tmp_path):
    write_dataset(tmp_path, 3)
    shutil.copy(tmp_path / "fire" / "001.jpg", tmp_path / "misc" / "also.jpg")
    assert any("in another class" in note for note in scan(tmp_path).notes)


def test_groups_come_from_the_named_columns(tmp_path):
    write_dataset(tmp_path / "d", 3)
    table = tmp_path / "groups.tsv"
    table.write_text("class\tgroup\tfile\nfire\troom\tfire/001.jpg\n")
    found = scan(tmp_path / "d", read_groups(table))
    groups = {s.file: s.group for s in found.samples}
    assert groups["fire/001.jpg"] == "room"
    assert groups["fire/000.PNG"].startswith("picture:")


def test_a_groups_file_without_its_columns_is_refused(tmp_path):
    table = tmp_path / "groups.tsv"
    table.write_text("path,scene\nfire/1.jpg,room\n")
    with pytest.raises(DatasetError, match="no groups file"):
        read_groups(table)


def test_a_picture_that_cannot_be_read_is_noted_and_left_out(tmp_path):
    write_dataset(tmp_path, 3)
    # A regular file by its kind, whose first byte gives an input/output error, to root too.
    (tmp_path / "fire" / "broken.jpg").symlink_to("/proc/self/mem")
    found = scan(tmp_path)
    assert found.count("fire") == 3
    assert any("fire/broken.jpg cannot be read" in note for note in found.notes)


def test_what_is_left_out_is_told_with_the_picture_that_stands_for_it(tmp_path):
    write_dataset(tmp_path, 3)
    shutil.copy(tmp_path / "fire" / "001.jpg", tmp_path / "fire" / "twin.jpg")
    (tmp_path / "misc" / "notes.txt").write_text("no picture")
    (tmp_path / "misc" / ".hidden").write_text("no picture")
    found = scan(tmp_path)
    assert [(one.file, one.same_as) for one in found.left_out] == [
        ("fire/twin.jpg", "fire/001.jpg")
    ]
    assert found.ignored == ("misc/notes.txt",)


def test_a_lenient_scan_tells_what_training_would_refuse(tmp_path):
    write_dataset(tmp_path, 3, colours={"Fire": (9, 9, 9), "fire": (1, 1, 1)})
    (tmp_path / "steam").mkdir()
    found = scan(tmp_path, strict=False)
    assert sorted(found.labels) == ["Fire", "fire", "steam"]
    assert len(found.samples) == 6
    assert [problem.split(";")[0] for problem in found.problems] == [
        "two class folders have the same name but for case or Unicode form",
        "a class has no pictures",
    ]
    with pytest.raises(DatasetError, match="no class folders"):
        scan(tmp_path / "steam", strict=False)


def test_two_folders_of_one_name_in_two_unicode_forms_are_told_apart(tmp_path):
    names = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    write_dataset(tmp_path, 3, colours={names[0]: (9, 9, 9), names[1]: (1, 1, 1)})
    found = scan(tmp_path, strict=False)
    assert sorted(found.labels) == [names[0], f"{names[0]} (2)"]
    assert [found.count(label) for label in sorted(found.labels)] == [3, 3]


def test_a_groups_file_of_another_dataset_is_refused(tmp_path):
    found = scan(write_dataset(tmp_path, 3))
    require_known({}, found, None)
    require_known({"fire/001.jpg": "room"}, found, tmp_path / "groups.tsv")
    with pytest.raises(DatasetError, match=r"no picture of .* stands in .*groups\.tsv"):
        require_known({"other/001.jpg": "room"}, found, tmp_path / "groups.tsv")


def test_a_file_name_that_is_no_utf_8_is_named_and_left_out(tmp_path):
    write_dataset(tmp_path, 3)
    odd = os.fsencode(tmp_path / "fire") + b"/caf\xe9.jpg"
    shutil.copy(tmp_path / "fire" / "001.jpg", odd)
    found = scan(tmp_path)
    assert found.count("fire") == 3
    assert any("caf\\udce9.jpg has a name that is no UTF-8" in note for note in found.notes)
    (tmp_path / "misc").rename(tmp_path / os.fsdecode(b"m\xefsc"))
    with pytest.raises(DatasetError, match="no UTF-8"):
        scan(tmp_path)
