"""Claims of how busy the machine is, by planted counts of the kernel."""

from pathlib import Path

import pytest

from converter.benchmark.machine import Machine, busy_cores, usable_cores


def test_half_idle_ticks_are_half_of_the_cores(tmp_path: Path) -> None:
    source = tmp_path / "stat"
    source.write_text("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3\n")

    def wait(_seconds: float) -> None:
        source.write_text("cpu  130 0 70 840 60 0 0 0 0 0\ncpu0 1 2 3\n")

    assert busy_cores(wait, source) == pytest.approx(usable_cores() * 0.5)


@pytest.mark.parametrize("text", ["", "cpu\n", "cpu a b c d e f g h\n", "cpu 1 2 3\n"])
def test_counts_that_are_none_tell_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "stat").write_text(text)
    assert busy_cores(lambda _: None, tmp_path / "stat") is None
    assert busy_cores(lambda _: None, tmp_path / "missing") is None


def test_only_a_busy_machine_warns() -> None:
    assert Machine("x", 2, None).warning == Machine("x", 2, 0.1).warning == ""
    assert "1.5 of its 2 cores" in Machine("x", 2, 1.5).warning
