"""What stands before every page: tokens, roles, lengths, headers; attacks on each."""

import json
import re
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edge.config.config import Config
from edge.link.snapshot import Notice
from edge.store.batch import FileBatch
from edge.store.event import Event
from edge.store.events import EventLog
from edge.store.evidence import Evidence
from edge.store.picture import Picture
from edge.web.guard import HEADERS, MOST_BODY_BYTES
from edge.web.settings_page import tables_of
from tests.edge.web.once import once
from tests.edge.web.stand_in import NOW, QUIET, jpeg

EVIL = '"><script src=//evil.example></script><img src=x onerror=alert(1)>'


@pytest.fixture
def keeper(hand, signed_in):
    return signed_in("keeper")


def test_every_answer_forbids_what_the_page_does_not_need(served, hand, keeper):
    static = re.search(r'href="(/static/style[^"]+)"', keeper.ask("/").text)[1]
    stranger = served.visitor()
    replies = [keeper.ask(path) for path in ("/", "/events", "/zones", "/nothing", "/evidence/x")]
    replies += [stranger.ask("/"), stranger.ask("/login"), stranger.ask(static)]
    replies += [stranger.ask("/", method="PUT"), stranger.form("/do", what="reset")]
    for reply in replies:
        for name, value in HEADERS.items():
            assert reply.headers[name] == value
        assert "unsafe" not in reply.headers["Content-Security-Policy"]
        assert "Server" not in reply.headers
    assert all("no-store" in reply.headers["Cache-Control"] for reply in replies[:4])
    assert "max-age" in stranger.ask(static).headers["Cache-Control"]


def test_no_page_has_script_or_style_within(keeper):
    for path in ("/", "/events", "/zones", "/settings"):
        text = keeper.ask(path).text
        scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
        assert all('type="application/json"' in script for script in scripts)
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
        assert not re.search(r"(src|href)=\"(https?:)?//", text)


@pytest.mark.parametrize("token", ["", "x" * 43, None])
def test_a_button_without_the_pages_token_does_nothing(keeper, hand, token):
    fields = {"what": "silence"} | ({} if token is None else {"csrf": token})
    assert keeper.form("/do", **fields).status == 403
    assert keeper.script("/zones", {"zones": []}, **{"X-CSRF-Token": token or ""}).status == 403
    assert hand.done == []


def test_the_token_of_another_login_is_refused(signed_in, keeper, hand):
    other = signed_in("viewer")
    assert keeper.form("/do", what="silence", csrf=other.csrf()).status == 403
    assert hand.done == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_does_nothing_even_with_the_token(keeper, hand, headers):
    reply = keeper.script("/do", {"what": "silence"}, **headers)
    assert reply.status == 403
    assert hand.done == []


def test_a_viewer_may_look_and_not_act(served, hand):
    # Signed in by itself: it signs out.
    viewer = served.visitor().entered("viewer")
    for path in ("/", "/events", "/zones", "/settings", "/live/picture.jpg"):
        assert viewer.ask(path).status == 200
    assert "<button name" not in viewer.ask("/").text
    for path, data in (("/do", {"what": "silence"}), ("/zones", {"zones": []})):
        reply = viewer.script(path, data)
        assert (reply.status, reply.json["ok"]) == (403, False)
    assert hand.done == []
    assert viewer.form("/logout", csrf=viewer.csrf()).status == 303


def test_a_body_that_is_too_long_is_refused_before_it_is_read(served, keeper):
    reply = keeper.script("/zones", {"zones": "x" * MOST_BODY_BYTES})
    assert reply.status == 413
    with socket.create_connection(("127.0.0.1", served.port), 30) as raw:
        raw.sendall(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in raw.recv(4096)


def test_a_body_of_no_stated_length_is_cut_off(served):
    with socket.create_connection(("127.0.0.1", served.port), 30) as raw:
        raw.sendall(b"POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        answer = b""
        try:
            for _ in range(64):
                raw.sendall(chunk)
            answer = raw.recv(4096)
        except OSError:
            answer = answer or b" 413 "  # it hung up on us while we went on sending
        assert b" 413 " in answer


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{]"),
        ("application/json", b"[1, 2]"),
        ("application/json", b"[" * 60000),
        ("application/json", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff"),
        ("application/x-www-form-urlencoded", b"&".join(b"a=b" for _ in range(5000))),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
    ],
)
def test_what_is_no_form_is_refused(served, keeper, hand, kind, body):
    sent = {"Content-Type": kind, "X-CSRF-Token": keeper.csrf()}
    assert keeper.ask("/do", method="POST", body=body, headers=sent).status == 400
    assert hand.done == []
    assert keeper.ask("/").status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(keeper, method):
    assert keeper.ask("/", method=method).status == 405
    assert keeper.ask("/live/events", method="HEAD").status == 405


@pytest.mark.parametrize(
    "name",
    [
        "../web-users.json",
        "..%2fweb-users.json",
        "%2e%2e%2fweb-users.json",
        "..%5cweb-users.json",
        "%2fetc%2fpasswd",
        "e00000001-20260101T120000.000Z-1.jpg%00.png",
        "e00000001-20260101T120000.000Z-1.jpg/../../web-users.json",
        "e00000001-20260101T120000.000Z-2.jpg",
        "%ff%fe",
        "a" * 4000,
    ],
)
def test_no_picture_leads_out_of_its_folder(served, keeper, name):
    folder = served.state / "evidence"
    folder.mkdir(exist_ok=True)
    link = folder / "e00000001-20260101T120000.000Z-2.jpg"
    if not link.is_symlink():
        link.symlink_to(served.state / "web-users.json")
    for path in (f"/evidence/{name}", f"/static/{name}"):
        reply = keeper.ask(path)
        assert reply.status in (400, 404)
        assert b'keeper":' not in reply.data
        assert b"scrypt" not in reply.data


def test_what_others_wrote_is_shown_as_words_and_nothing_else(served, keeper, hand):
    zone = {"name": EVIL[:60], "points": [[0, 0], [1, 0], [1, 1]], "kind": "watch"}
    hand.state = replace(
        QUIET,
        state="trouble",
        camera=EVIL,
        model=EVIL,
        lines={EVIL: True},
        notices=(Notice("trouble", EVIL, EVIL, EVIL),),
        zones=({**zone, "raise_at": None, "times": [EVIL], "days": []},),
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    log = EventLog(served.state / "events.sqlite")
    event = Event(now, "trouble", EVIL, detail={"problem": EVIL, "source": EVIL}, by=EVIL)
    number = log.write([event, Event(now, "acknowledged", "clear", detail={"what": EVIL})])[0]
    log.close()
    deadline = time.monotonic() + 30
    while "evil" not in keeper.ask("/").text and time.monotonic() < deadline:
        time.sleep(0.1)
    for path in ("/", "/zones", "/events", f"/events/{number}", "/settings"):
        text = keeper.ask(path).text
        assert "evil.example" in text or path == "/settings"
        assert "<script src=//" not in text
        assert "<img src=x" not in text


def test_evidence_is_listed_and_served(served, keeper):
    now = datetime(2026, 1, 2, 12, tzinfo=UTC)
    log = EventLog(served.state / "events.sqlite")
    number = log.write([Event(now, "state_changed", "alarm", hazard=0.9)])[0]
    log.close()
    evidence = Evidence(served.state / "evidence", 10**9)
    data = jpeg()
    batch = FileBatch()
    name = evidence.write(number, Picture(now, 0.0, 17, data), batch)
    batch.commit()
    assert f'/evidence/{name}"' in keeper.ask("/events?kind=alarms").text
    assert f'/evidence/{name}"' in keeper.ask(f"/events/{number}").text
    reply = keeper.ask(f"/evidence/{name}")
    assert (reply.status, reply.data) == (200, data)
    assert reply.headers["Content-Type"] == "image/jpeg"
    assert served.visitor().ask(f"/evidence/{name}").status == 303


def test_many_events_come_page_by_page_each_once(served, keeper):
    log = EventLog(served.state / "events.sqlite")
    now = datetime(2026, 1, 3, tzinfo=UTC)
    log.write([Event(now, "restarted", "starting", detail={"why": f"r{n}"}) for n in range(120)])
    log.close()
    seen, path = [], "/events?kind=system"
    while path:
        text = keeper.ask(path).text
        seen += re.findall(r"<p>(r\d+)</p>", text)
        older = re.search(r'href="([^"]+)">Older<', text)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == [f"r{n}" for n in reversed(range(120))]


@pytest.mark.parametrize(
    "query", ["before=-1", "before=x", "before=" + "9" * 40, "kind=%27;drop", "before=%D9%A1"]
)
def test_a_query_that_is_none_shows_the_newest(keeper, query):
    assert keeper.ask(f"/events?{query}").status == 200
    assert keeper.ask("/events/99999999999999999999999").status == 404


def test_no_secret_is_in_the_settings(tmp_path):
    text = (
        '[model]\nbundle = "m"\n[camera]\nkind = "stream"\n'
        'url = "rtsp://anna:opensesame@10.0.0.9/live"\n'
        '[mqtt]\nbroker = "broker"\ntls = true\nuser = "u"\npassword = "hunter2hunter2"\n'
        '[webhook]\nurl = "https://example.org/x"\nsecret = "verysecretvalue"\n'
    )
    config = Config.from_toml(text, tmp_path)
    rows = [vars(row) for table in tables_of(config) for row in table.rows]
    shown = json.dumps(rows, ensure_ascii=False)
    for secret in ("opensesame", "hunter2", "verysecret"):
        assert secret not in shown
    assert "••••••" in shown


def test_health_and_metrics_answer_this_machine_and_nobody_elses_proxy(served, hand, signed_in):
    machine = served.visitor()
    assert machine.ask("/healthz").json
    assert b"emberwatch" in machine.ask("/metrics").data
    forwarded = {"X-Forwarded-For": "10.0.0.9"}
    assert machine.ask("/metrics", headers=forwarded).status == 303
    assert signed_in("viewer").ask("/metrics", headers=forwarded).status == 200
    assert machine.ask("/metrics", method="POST").status in (403, 405)


@once
def test_a_connection_that_asks_nothing_is_closed_and_a_flood_of_them_shuts_nobody_out(serve):
    page = serve("viewers = 1\n")
    flood = []
    for _ in range(60):
        mute = socket.create_connection(("127.0.0.1", page.port), 30, ("127.0.0.50", 0))
        mute.sendall(b"GET / HTTP/1.1\r\n")
        flood.append(mute)
    page.visitor().entered()
    flood[0].settimeout(60)
    assert flood[0].recv(100) == b""  # closed after some seconds
    for mute in flood:
        mute.close()


def test_notices_of_a_simulated_watch_are_on_every_page(keeper, hand):
    hand.state = replace(QUIET, simulated_gpio=True, at=NOW)
    deadline = time.monotonic() + 30
    hidden = re.compile(r'id="simulated" role="alert" hidden')
    while hidden.search(keeper.ask("/").text) and time.monotonic() < deadline:
        time.sleep(0.1)
    for path in ("/", "/events", "/zones", "/settings", "/login"):
        assert not hidden.search(keeper.ask(path).text)
    assert "no certified" in keeper.ask("/").text
