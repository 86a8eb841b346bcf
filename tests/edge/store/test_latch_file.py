"""The latch on disk: what is damaged is never read as something else, least of all "no alarm"."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.contract.errors import StorageError
from edge.store.latch import LatchFile

ALARM = {"level": "alarm", "since": "2026-11-22T01:02:03+00:00", "where": "zone Küche"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "latch.json"


@pytest.fixture
def latch(path):
    latch = LatchFile(path)
    latch.save({"level": "clear"})
    latch.save(ALARM)
    return latch


def both(path):
    return path, path.with_name("latch.copy.json")


def test_the_last_one_saved_is_read_after_a_restart(latch, path):
    read = LatchFile(path).load()
    assert (read.data, read.problem) == (ALARM, None)


def test_a_first_start_has_no_latch_and_no_problem(path):
    read = LatchFile(path).load()
    assert (read.data, read.problem) == (None, None)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("content", [b"", b"\0" * 300, None], ids=["empty", "zeros", "removed"])
def test_one_damaged_file_loses_nothing_and_is_said(latch, path, which, content):
    victim = both(path)[which]
    if content is None:
        victim.unlink()
    else:
        victim.write_bytes(content)
    read = LatchFile(path).load()
    assert read.data == ALARM
    assert victim.name in read.problem


def test_two_damaged_files_are_unknown_and_not_no_alarm(latch, path):
    for victim in both(path):
        victim.write_bytes(b"\0" * 100)
    read = LatchFile(path).load()
    assert read.data is None
    assert "not known" in read.problem


def test_a_latch_that_should_be_there_and_is_not_is_unknown(path):
    assert "not known" in LatchFile(path).load(expected=True).problem


def test_saving_mends_a_damaged_file(latch, path):
    path.write_bytes(b"rubbish")
    again = LatchFile(path)
    again.load()
    again.save({"level": "clear"})
    read = LatchFile(path).load()
    assert (read.data, read.problem) == ({"level": "clear"}, None)


def test_a_stale_copy_never_wins_over_a_newer_file(latch, path):
    copy = both(path)[1]
    stale = copy.read_bytes()
    latch.save({"level": "clear"})
    copy.write_bytes(stale)
    assert LatchFile(path).load().data == {"level": "clear"}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_happens_to_the_bytes_the_latch_is_right_or_a_problem(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("latch") / "latch.json"
    LatchFile(path).save(ALARM)
    for victim in both(path):
        content = bytearray(victim.read_bytes())
        how = data.draw(st.sampled_from(["leave", "flip", "cut", "zero"]))
        place = data.draw(st.integers(0, len(content) - 1))
        if how == "flip":
            content[place] ^= 1 << data.draw(st.integers(0, 7))
        elif how == "cut":
            del content[place:]
        elif how == "zero":
            content[place:] = bytes(len(content) - place)
        victim.write_bytes(content)
    read = LatchFile(path).load()
    assert read.data == ALARM or (read.data is None and read.problem)


def test_a_folder_that_is_not_there_is_made(tmp_path):
    path = tmp_path / "new" / "latch.json"
    LatchFile(path).save(ALARM)
    assert LatchFile(path).load().data == ALARM


def test_a_disk_that_refuses_is_an_error_and_leaves_the_old_latch(latch, path):
    path.parent.joinpath("file").write_text("")
    with pytest.raises(StorageError):
        LatchFile(path.parent / "file" / "latch.json").save(ALARM)
    assert LatchFile(path).load().data == ALARM


def test_an_unreadable_latch_is_a_problem(latch, path):
    for victim in both(path):
        victim.unlink()
        victim.mkdir()
    read = LatchFile(path).load()
    assert read.data is None
    assert "cannot be read" in read.problem
