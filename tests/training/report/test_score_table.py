"""predictions.tsv: read as it was written, and not at all where it is damaged."""

from pathlib import Path

import pytest

from training.report.score_table import FILE, FOLD, TEST, Scored, ScoreTable

LABELS = ("огонь", "kein Feuer", 'a"b')
TABLE = ScoreTable(
    LABELS,
    (
        Scored("огонь/a\tb.jpg", "огонь", "hall", "testing", TEST, (0.5, 0.25, 0.25)),
        Scored('x/"c".jpg', 'a"b', "", "training", FOLD, (0.125, 0.125, 0.75)),
    ),
)


def test_names_of_any_kind_survive(tmp_path: Path) -> None:
    TABLE.write(tmp_path)
    assert ScoreTable.read(tmp_path, LABELS) == TABLE


def test_a_source_is_read_apart() -> None:
    assert [row.file for row in TABLE.of(FOLD).rows] == ['x/"c".jpg']
    assert TABLE.of(FOLD).answers.tolist() == TABLE.of(FOLD).truth.tolist() == [2]


def test_no_file_is_no_table(tmp_path: Path) -> None:
    assert ScoreTable.read(tmp_path, LABELS) is None


@pytest.mark.parametrize(
    "attack",
    [
        lambda text: text.replace("0.500000", "many"),
        lambda text: text.replace("0.500000", "nan"),
        lambda text: text.replace("score:kein Feuer", "score:anything"),
        lambda text: text.replace("\tsource", "\tsauce"),
        lambda text: text.rsplit("\t", 1)[0],
        lambda text: "",
    ],
)
def test_a_damaged_table_is_no_table(tmp_path: Path, attack) -> None:
    path = TABLE.write(tmp_path)
    path.write_text(attack(path.read_text(encoding="utf-8")), encoding="utf-8")
    assert ScoreTable.read(tmp_path, LABELS) is None


def test_bytes_that_are_no_text_are_no_table(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00table")
    assert ScoreTable.read(tmp_path, LABELS) is None
