"""Starts counted on disk."""

from edge.store.restarts import Restarts


def restarts(folder, boot="one"):
    return Restarts(folder / "restarts-eye.json", boot)


def test_starts_are_counted_across_processes(tmp_path):
    for number in range(1, 4):
        tally = restarts(tmp_path).begin("crashed", 10.0 * number)
        assert (tally.total, tally.in_a_row) == (number, number)
    assert [start.why for start in tally.starts] == ["crashed"] * 3


def test_a_start_that_settled_ends_the_row_and_not_the_total(tmp_path):
    for _ in range(3):
        restarts(tmp_path).begin("crashed", 1.0)
    restarts(tmp_path).settled()
    tally = restarts(tmp_path).begin("boot", 2.0)
    assert (tally.total, tally.in_a_row) == (4, 1)


def test_the_count_is_on_disk_before_the_start(tmp_path):
    restarts(tmp_path).begin("boot", 0.0)
    assert restarts(tmp_path).tally().total == 1


def test_recent_starts_are_those_of_this_boot_whatever_the_wall_clock_says(tmp_path):
    restarts(tmp_path, "before").begin("boot", 990.0)
    for uptime in (10.0, 500.0, 990.0):
        tally = restarts(tmp_path).begin("crashed", uptime)
    assert tally.recent(60.0, 1000.0, "one") == 1
    assert tally.recent(600.0, 1000.0, "one") == 2


def test_many_starts_do_not_make_the_file_grow(tmp_path):
    for number in range(120):
        tally = restarts(tmp_path).begin("crashed", 1000.0 * number)
    assert tally.total == 120
    assert len(tally.starts) == 50
    assert (tmp_path / "restarts-eye.json").stat().st_size < 20_000


def test_a_damaged_count_is_said_and_begun_anew(tmp_path):
    restarts(tmp_path).begin("boot", 0.0)
    for file in tmp_path.iterdir():
        file.write_bytes(b"\0\0\0")
    tally = restarts(tmp_path).begin("boot", 1.0)
    assert tally.total == 1
    assert "damaged" in tally.problem


def test_a_machine_has_a_boot_of_its_own(tmp_path):
    assert Restarts(tmp_path / "restarts.json").boot


def test_a_crash_loop_does_not_wear_out_the_card(tmp_path):
    path, writes, before = tmp_path / "restarts-eye.json", 0, 0
    for minute in range(24 * 60):
        tally = restarts(tmp_path).begin("crashed", 60.0 * minute)
        assert tally.in_a_row > min(minute, 20)
        after = path.stat().st_mtime_ns
        writes, before = writes + (after != before), after
    assert writes < 200
    assert restarts(tmp_path, "another").begin("boot", 1.0).in_a_row > 20
