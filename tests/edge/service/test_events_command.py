"""The `events` command as a process: beside a watch, without one, on broken logs."""

import json
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from edge.service.events_cli import events_command
from edge.store.budget import WriteBudget
from edge.store.event import Event
from edge.store.events import EventLog

NOW = datetime.now(UTC).replace(microsecond=0)


def ago(hours, kind, state, **more):
    detail = more.pop("detail", {})
    return Event(NOW - timedelta(hours=hours), kind, state, detail=detail, **more)


HISTORY = [
    ago(50, "started", "starting", detail={"bundle": "fire", "digest": "abcdef" * 10}),
    ago(30, "trouble", "trouble", detail={"source": "camera-black", "problem": "it is black"}),
    ago(3, "state_changed", "alarm", hazard=0.93, detail={"from": "clear"}),
    ago(1, "acknowledged", "alarm", by="anna", detail={"what": "silence"}),
]


@pytest.fixture
def log(site):
    (site / "state").mkdir()
    log = EventLog(site / "state" / "events.sqlite")
    log.write(HISTORY)
    yield log
    log.close()


def show(run_edge, *arguments):
    done = run_edge("events", "--config", "watch.toml", *arguments)
    assert "Traceback" not in done.stderr
    return done


def numbers(done):
    return [json.loads(line)["id"] for line in done.stdout.splitlines()]


def test_a_person_reads_what_happened(log, run_edge):
    done = show(run_edge)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert re.search(r"1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  started with fire abcdef", lines[1])
    assert "trouble: camera-black: it is black" in lines[2]
    assert "ALARM, was clear; hazard 0.93" in lines[3]
    assert "anna silenced the siren" in lines[4]
    assert "\033" not in done.stdout


def test_a_program_reads_one_json_object_a_line(log, run_edge):
    done = show(run_edge, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == [1, 2, 3, 4]
    assert (rows[3]["by"], rows[3]["detail"]) == ("anna", {"what": "silence"})
    assert datetime.fromisoformat(rows[2]["at"]) == HISTORY[2].at


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--since", "2h"], [4]),
        (["--since", "2d"], [2, 3, 4]),
        (["--since", "1w"], [1, 2, 3, 4]),
        (["--since", "2"], [3, 4]),
        (["--since", "0"], [1, 2, 3, 4]),
        (["--since", (NOW - timedelta(hours=31)).isoformat()], [2, 3, 4]),
        (["--since", "2000-01-01"], [1, 2, 3, 4]),
        (["--since", "2100-01-01"], []),
        (["--kind", "alarm"], [3]),
        (["--kind", "alarm", "--kind", "started"], [1, 3]),
        (["--since", "0", "--kind", "trouble"], [2]),
    ],
)
def test_events_are_chosen_by_time_number_and_kind(log, site, arguments, expected):
    done = CliRunner().invoke(
        events_command, ["--config", str(site / "watch.toml"), "--json", *arguments]
    )
    assert done.exit_code == 0
    assert numbers(done) == expected


def test_only_the_newest_are_shown_unless_more_are_asked_for(log, run_edge):
    log.write([ago(0, "trouble", "trouble") for _ in range(1200)])
    assert numbers(show(run_edge, "--json")) == list(range(1155, 1205))
    assert numbers(show(run_edge, "--json", "--since", "0")) == list(range(1, 1205))


@pytest.mark.parametrize("wrong", ["tomorrow", "2h30", "-5", "2026-13-01", "9999999999999w"])
def test_a_time_that_is_none_is_refused_with_what_would_be_one(log, site, wrong):
    config = ["--config", str(site / "watch.toml")]
    done = CliRunner().invoke(events_command, [*config, f"--since={wrong}"])
    assert done.exit_code == 2
    assert "2026-01-31" in done.output


def test_no_log_yet_is_said_and_none_is_made(site, run_edge):
    done = show(run_edge)
    assert done.returncode == 5
    assert "no event log" in done.stderr
    assert not (site / "state").exists()


def test_a_damaged_log_is_said(log, site, run_edge):
    log.close()
    (site / "state" / "events.sqlite").write_bytes(b"rubbish" * 999)
    done = show(run_edge)
    assert done.returncode == 5
    assert "cannot be read" in done.stderr


def test_a_log_that_was_moved_aside_is_named(log, site, run_edge):
    log.close()
    (site / "state" / "events.sqlite").write_bytes(b"rubbish" * 999)
    log.write([ago(0, "started", "starting")])
    done = show(run_edge, "--json")
    assert done.returncode == 0
    assert "events.sqlite.damaged-" in done.stderr
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == [
        "supervisory",
        "started",
    ]


def test_follow_shows_what_happens_from_now_on_until_ctrl_c(log, site):
    command = [sys.executable, "-m", "edge", "events", "--config", "watch.toml", "--json"]
    with subprocess.Popen(
        [*command, "--follow", "--since", "3"],
        cwd=site,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as follower:
        assert json.loads(follower.stdout.readline())["id"] == 4
        log.write([ago(0, "stopped", "clear")])
        assert json.loads(follower.stdout.readline())["kind"] == "stopped"
        follower.send_signal(signal.SIGINT)
        assert follower.wait(60) == 130
        assert "Traceback" not in follower.stderr.read()


def test_what_is_written_to_the_card_is_shown_with_what_it_will_last(site, run_edge):
    (site / "state").mkdir()
    none = show(run_edge, "--writes")
    assert none.returncode == 5
    now = [0.0]
    count = WriteBudget(site / "state" / "writes.json", 10**8, lambda: now[0])
    count.note(50_000_000, 0)
    now[0] = 3600.0 * 12
    count.save()
    done = CliRunner().invoke(events_command, ["--config", str(site / "watch.toml"), "--writes"])
    assert "MB of a budget of 100 MB" in done.stdout
    assert "years" in done.stdout
    figures = json.loads(show(run_edge, "--writes", "--json").stdout)
    assert figures["last_day_bytes"] >= 50_000_000
    assert 0 < figures["card_life_years"]["16 GB"] < figures["card_life_years"]["64 GB"]


def test_a_reader_that_leaves_early_is_no_fault(log, site):
    log.write([ago(0, "trouble", "trouble") for _ in range(5000)])
    command = f"{sys.executable} -m edge events --config watch.toml --since 0 | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=site, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
