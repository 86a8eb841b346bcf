"""Claims about `emberwatch scenes`."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from edge.contract.errors import InputError
from training.scenes.cli import parse_size, scenes_command


def test_pictures_sheet_and_clip_are_written(tmp_path: Path) -> None:
    out = tmp_path / "practice"
    arguments = [str(out), "--per-class", "2", "--size", "96x72", "--clip", "quiet"]
    arguments += ["--seconds", "1", "--onset", "0.5", "--clip-size", "96x72"]
    result = CliRunner().invoke(scenes_command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert len(list(out.glob("*/*.jpg"))) == 6
    assert Image.open(out / "contact_sheet.jpg").width > 500
    assert (out / "quiet.mp4").stat().st_size > 0
    assert len((out / "quiet.labels.tsv").read_text().splitlines()) == 11


def test_help_teaches_the_next_step() -> None:
    text = CliRunner().invoke(scenes_command, ["--help"]).output
    assert "emberwatch retrain" in text
    assert "groups.tsv" in text


@pytest.mark.parametrize("text", ["400", "400x", "x300", "10x10", "axb", "400x300x3", "-4x300"])
def test_wrong_size_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_size(text)


def test_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(scenes_command, [str(tmp_path / "out"), "--per-class", "0"])
    assert isinstance(result.exception, InputError)
    assert not (tmp_path / "out").exists()
