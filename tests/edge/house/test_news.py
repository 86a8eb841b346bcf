"""What is news: nothing is told twice, an alarm never waits, and the last word is always said."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.house.news import WEIGHTS, News
from edge.house.newsdesk import Known, Newsdesk
from edge.house.outbox import Outbox
from edge.house.quiet import Quiet
from edge.link.snapshot import Notice, Snapshot
from edge.store.event import Event

CALM = Snapshot(at="2026-01-01T00:00:00+00:00", state="clear", last_event=7)
SOURCES = ("camera-black", "camera-moved", "disk-full")


def notice(signal, source):
    return Notice(signal, source, f"{source} holds", CALM.at)


states = st.builds(
    lambda level, held, silenced: replace(
        CALM, level=level, notices=tuple(notice(*key) for key in sorted(held)), silenced=silenced
    ),
    st.sampled_from(["clear", "pre-alarm", "alarm"]),
    st.sets(st.tuples(st.sampled_from(["trouble", "supervisory"]), st.sampled_from(SOURCES))),
    st.booleans(),
)
news = st.builds(
    lambda kind, source: News(kind, CALM.at, "", source if kind[0] in "ts" else ""),
    st.sampled_from(sorted(WEIGHTS)),
    st.sampled_from(SOURCES),
)


@given(st.lists(states))
def test_whoever_hears_all_news_knows_how_things_are(history):
    desk = Newsdesk()
    level, held = "clear", set()
    for state in history:
        for item in desk.take(state):
            if item.subject == "level":
                level = "clear" if item.kind.endswith("cleared") else item.kind
            elif item.kind.endswith("-cleared"):
                held.remove((item.kind.removesuffix("-cleared"), item.source))
            else:
                held.add((item.kind, item.source))
        assert level == state.level
        assert held == {(item.signal, item.source) for item in state.notices}


@given(states)
def test_the_same_state_is_no_news(state):
    desk = Newsdesk()
    desk.take(state)
    assert desk.take(replace(state, hazard=0.5, frames=12)) == []
    # Nor after a restart with what was known.
    assert Newsdesk(Known.from_json(desk.known.to_json())).take(state) == []


def test_an_alarm_that_is_on_at_the_start_is_told():
    told = Newsdesk().take(replace(CALM, state="alarm", level="alarm", scores={"fire": 0.91}))
    assert [(item.kind, item.text, item.event) for item in told] == [
        ("alarm", "ALARM: fire 0.91", 7)
    ]


def test_a_silenced_alarm_that_sounds_again_is_told_again():
    desk = Newsdesk()
    alarm = replace(CALM, state="alarm", level="alarm", sounding=True)
    desk.take(alarm)
    assert desk.take(replace(alarm, silenced=True, sounding=False)) == []
    again = desk.take(replace(alarm, silenced=False, sounding=True))
    assert [item.text for item in again] == ["the alarm sounds again"]


def test_a_watch_that_does_not_answer_is_told_once_and_so_is_its_return():
    desk = Newsdesk()
    desk.take(CALM)
    assert [item.source for item in desk.lost(CALM.at, "it hung up")] == ["watch-silent"]
    assert desk.lost(CALM.at, "it hung up") == []
    assert [item.kind for item in desk.take(CALM)] == ["trouble-cleared"]


def test_the_log_is_told_from_where_it_was_known_and_leads_to_the_state_of_now():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    events = [
        Event(at, "trouble", "trouble", detail={"source": "camera-black"}, number=8),
        Event(at, "line_moved", "trouble", detail={"line": "trouble", "on": False}, number=9),
        Event(at, "state_changed", "alarm", detail={"from": "clear", "to": "alarm"}, number=10),
    ]
    desk = Newsdesk(Known(event=8, held=frozenset({("trouble", "camera-black")})))
    told = desk.catch_up(events)
    assert [(item.kind, item.event, item.from_log) for item in told] == [("alarm", 10, True)]
    now = replace(CALM, state="alarm", level="alarm", last_event=10)
    assert [item.kind for item in desk.take(now)] == ["trouble-cleared"]


@given(st.lists(st.tuples(news, st.floats(0, 30)), max_size=60))
def test_quiet_keeps_the_last_word_and_the_pace(history):
    quiet, now = Quiet(10), 0.0
    last: dict[str, str] = {}
    at: dict[tuple[str, str], list[float]] = {}
    told: dict[str, str] = {}

    def hear(items):
        for item in items:
            told[item.subject] = item.kind
            at.setdefault((item.subject, item.kind), []).append(now)

    for item, pause in history:
        now += pause
        hear(quiet.tick(now))
        hear(quiet.admit(item, now))
        last[item.subject] = item.kind
    now += 10
    hear(quiet.tick(now))
    assert told == last
    assert not quiet.holding
    for times in at.values():
        assert all(early + 10 <= late for early, late in pairwise(times))


def test_an_alarm_waits_for_nothing_lesser():
    quiet = Quiet(60)
    assert quiet.admit(News("pre-alarm", "", ""), 0.0)
    assert quiet.admit(News("alarm", "", ""), 0.1)


@given(st.lists(news, max_size=60), st.integers(1, 10))
def test_an_outbox_is_bounded_and_gives_up_no_alarm_before_something_lesser(history, limit):
    outbox = Outbox(limit)
    for item in history:
        outbox.add(item, 0.0)
    kept = [letter.news.weight for letter in outbox.first(100)]
    assert len(kept) == min(limit, len(history))
    assert outbox.given_up == len(history) - len(kept)
    # A later one may push an earlier one out, and never one that weighs more.
    assert sorted(kept) == sorted(item.weight for item in history)[len(history) - len(kept) :]
    numbers = [letter.number for letter in outbox.first(100)]
    assert numbers == sorted(numbers)


def test_a_letter_that_was_given_up_on_its_way_is_not_counted_as_delivered():
    outbox = Outbox(1)
    outbox.add(News("trouble", "", ""), 0.0)
    outbox.add(News("alarm", "", ""), 0.0)
    outbox.done(0)
    assert (outbox.delivered, outbox.given_up, len(outbox)) == (0, 1, 1)
