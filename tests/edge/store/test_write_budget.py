"""The count of what is written: over a day, over restarts, over clocks that jump."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.store.budget import HOUR_S, WriteBudget, process_written_bytes, read_writes
from edge.store.event import Event
from edge.store.fold import fold
from edge.store.forecast import card_life_years

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MB = 1_000_000


class World:
    """Two clocks, and what the kernel says was written."""

    def __init__(self, path, budget=100 * MB):
        self.path, self.budget = path, budget
        self.monotonic, self.wall, self.kernel = 0.0, NOW, 0

    def start(self):
        count = WriteBudget(
            self.path, self.budget, lambda: self.monotonic, lambda: self.wall, lambda: self.kernel
        )
        count.load()
        return count

    def go(self, hours):
        self.monotonic += hours * HOUR_S
        self.wall += timedelta(hours=hours)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "writes.json")


def test_a_byte_written_is_forgotten_a_day_later_and_not_before(world):
    count = world.start()
    count.note(10 * MB, 0)
    world.go(23)
    count.tick()
    assert count.last_day_bytes >= 10 * MB
    world.go(1.01)
    count.tick()
    assert count.last_day_bytes < MB


def test_what_the_kernel_says_counts_where_it_says_more(world):
    count = world.start()
    world.kernel += 5 * MB
    count.note(1000, 0)
    assert count.last_day_bytes == 5 * MB
    count.note(1000, 0)
    assert count.last_day_bytes == 5 * MB + 4096


def test_the_kernel_knows_what_this_process_wrote(tmp_path):
    before = process_written_bytes()
    with open(tmp_path / "file", "wb") as file:
        file.write(bytes(3 * MB))
    if process_written_bytes() == before:
        pytest.skip("a file system in memory")
    assert process_written_bytes() - before >= 3 * MB


def test_it_gets_sparing_as_the_budget_is_used_and_free_again(world):
    count = world.start()
    levels = []
    for _ in range(10):
        count.note(10 * MB, 0)
        levels.append(count.level)
    assert levels == ["free"] * 4 + ["thin"] * 4 + ["spent"] * 2
    world.go(25)
    count.tick()
    assert count.level == "free"


def test_a_restart_does_not_make_the_budget_new(world):
    count = world.start()
    count.note(60 * MB, 0)
    count.save()
    world.go(1)
    assert world.start().level == "thin"
    assert world.start().writes().total_bytes >= 60 * MB


def test_a_crash_loop_is_charged_for_what_it_may_have_written(world):
    for _ in range(100):
        count = world.start()
        count.note(100_000, 0)
        count.save()
    assert count.level == "spent"


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_jumps_gives_at_most_a_days_budget(world, years):
    count = world.start()
    count.note(90 * MB, 0)
    count.save()
    world.wall += timedelta(days=365 * years)
    again = world.start()
    assert again.level == ("spent" if years < 0 else "free")
    # While it runs, no clock on a wall matters.
    again.note(90 * MB, 0)
    world.wall += timedelta(days=365 * 5)
    again.tick()
    assert again.level == "spent"


def test_the_count_itself_is_written_seldom(world):
    count = world.start()
    saves = 0
    for _ in range(24 * 60):
        world.go(1 / 60)
        count.note(2000, 1)
        before = world.path.stat().st_mtime_ns if world.path.exists() else 0
        count.tick()
        saves += world.path.exists() and world.path.stat().st_mtime_ns != before
    assert 1 <= saves <= 50


def test_a_damaged_count_begins_anew(world):
    count = world.start()
    count.note(60 * MB, 0)
    count.save()
    for file in world.path.parent.iterdir():
        file.write_text('{"hours": "many"}')
    assert world.start().last_day_bytes == 0
    assert read_writes(world.path, MB) is None


def test_another_process_reads_the_count(world):
    count = world.start()
    count.note(60 * MB, 0)
    world.go(48)
    count.save()
    written = read_writes(world.path, world.budget)
    assert written.total_bytes >= 60 * MB
    assert written.per_day_bytes == pytest.approx(written.total_bytes / 2, rel=0.01)


def test_a_cards_life_is_its_capacity_over_what_is_written():
    assert card_life_years(32e9, 100e6) == pytest.approx(32e9 * 300 / 100 / 100e6 / 365.25)
    assert card_life_years(64e9, 100e6) == 2 * card_life_years(32e9, 100e6)
    assert card_life_years(32e9, 0) == float("inf")


def low(kind="trouble", source="camera-black", seconds=0, **detail):
    return Event(
        NOW + timedelta(seconds=seconds), kind, "clear", detail={"source": source, **detail}
    )


def test_a_flapping_trouble_becomes_two_rows_that_say_how_often():
    events = [low("trouble" if n % 2 else "trouble_cleared", seconds=n) for n in range(600)]
    folded, places = fold(events)
    assert [event.detail["times"] for event in folded] == [300, 300]
    assert folded[1].detail["until"].startswith("2026-11-22T00:09:59")
    assert len(places) == 600
    assert set(places) == {0, 1}


heavy = st.builds(
    lambda n: Event(NOW, "acknowledged", "alarm", detail={"what": "silence", "n": n}, by="anna"),
    st.integers(0, 3),
)
alarms = st.just(Event(NOW, "state_changed", "alarm", detail={"from": "clear"}))
light = st.builds(low, source=st.sampled_from(["camera-black", "camera-moved"]))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(heavy, alarms, light), max_size=40))
def test_folding_never_loses_an_alarm_or_an_acknowledgement_nor_an_events_place(events):
    folded, places = fold(events)
    kept = [event for event in folded if event.weight == 2]
    assert kept == [event for event in events if event.weight == 2]
    assert len(places) == len(events)
    for event, place in zip(events, places, strict=True):
        assert folded[place].kind == event.kind
        assert folded[place].detail.get("source") == event.detail.get("source")
    assert sum(event.detail.get("times", 1) for event in folded) == len(events)
