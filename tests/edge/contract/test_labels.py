"""Class names of any alphabet, in order and each once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.contract.errors import LabelsError
from edge.contract.labels import Labels

ANY_ALPHABET = ("fire", "дым", "火", "φωτιά", "حريق", "अग्नि", "🔥", "fumée blanche", "a/b", "l'eau")


def test_any_alphabet_survives_a_file(tmp_path: Path) -> None:
    labels = Labels(ANY_ALPHABET)
    path = tmp_path / "labels.txt"
    path.write_text(labels.to_text(), encoding="utf-8")
    assert Labels.read(path) == labels
    assert Labels.from_text(labels.to_text()) == labels


@given(st.lists(st.text(min_size=1), min_size=1, unique=True))
def test_what_is_accepted_survives_a_file(names: list[str]) -> None:
    try:
        labels = Labels(tuple(names))
    except LabelsError:
        return
    assert Labels.from_text(labels.to_text()) == labels


def test_the_order_is_kept_and_indexes_follow_it() -> None:
    labels = Labels(("smoke", "fire", "misc"))
    assert list(labels) == ["smoke", "fire", "misc"]
    assert [labels.index(name) for name in labels] == [0, 1, 2]
    assert len(labels) == 3


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("",),
        (" fire",),
        ("fire", "fire"),
        ("fi\nre",),
        ("fi\rre",),
        ("fi\u2028re",),
        ("fi\x85re",),
        ("\t",),
    ],
)
def test_unusable_names_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(LabelsError):
        Labels(names)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(LabelsError, match="fire, smoke"):
        Labels(("fire", "smoke")).index("flood")


def test_files_of_other_editors_are_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xef\xbb\xbffire\r\nsmoke\r\n\r\n")
    assert Labels.read(path) == Labels(("fire", "smoke"))


def test_a_name_that_comes_again_in_a_file_gets_a_number(tmp_path: Path) -> None:
    path = tmp_path / "imagenet.txt"
    path.write_text("crane\nheron\ncrane\n")
    assert list(Labels.read(path)) == ["crane", "heron", "crane (2)"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"fire\n\nsmoke\n", b"\xff\xfe\x00fire"])
def test_unusable_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(LabelsError):
        Labels.read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="cannot read"):
        Labels.read(tmp_path / "none.txt")
