"""The page on the camera in a real browser: on a phone and on a desk, by day and by night."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from math import sin
from pathlib import Path
from time import time

import pytest

from edge.link.snapshot import Notice
from edge.store.batch import FileBatch
from edge.store.event import Event
from edge.store.events import EventLog
from edge.store.evidence import Evidence
from edge.store.picture import Picture
from edge.web.users import Users
from tests.browser.chromium import Chromium
from tests.browser.conftest import NAMES
from tests.browser.tab import Tab
from tests.edge.web.conftest import Served
from tests.edge.web.room import CELLS, room
from tests.edge.web.stand_in import ALARM, NOW, QUIET, StandIn
from tests.edge.web.visitor import PASSWORD

PHONE, DESK = 360, 1280
SIZES = pytest.mark.parametrize(
    ("width", "dark"), [(PHONE, False), (PHONE, True), (DESK, False), (DESK, True)]
)
LONG = "A-name-that-nobody-would-give-" * 6
HEARTH = {
    "name": "hearth",
    "points": [[0.1, 0.45], [0.28, 0.45], [0.28, 0.8], [0.1, 0.8]],
    "kind": "higher",
    "raise_at": 0.9,
    "times": ["17:00-23:00"],
    "days": ["sat", "sun"],
}
NOTICES = (
    Notice("trouble", "camera-covered", f"The camera is covered. {LONG}", NOW),
    Notice("supervisory", "disk-full", "The disk is nearly full.", NOW),
)


@pytest.fixture(scope="module")
def browser(
    need: Callable[[object, str], None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chromium]:
    """Return a browser that reaches this machine, and nothing else."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    need(program, "no chromium on PATH: apt install chromium")
    with Chromium(str(program), tmp_path_factory.mktemp("profile"), served=True) as started:
        yield started


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a served page with two users, some events and a picture of an alarm."""
    folder = tmp_path_factory.mktemp("page")
    for role in ("keeper", "viewer"):
        Users(folder / "state").put(role, role, PASSWORD)
    log = EventLog(folder / "state" / "events.sqlite")
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    long = Event(now, "trouble", "trouble", detail={"problem": LONG, "source": LONG})
    alarm = Event(now, "state_changed", "alarm", hazard=0.91, detail={"where": "the picture"})
    reset = Event(now, "acknowledged", "clear", detail={"what": "reset"}, by="keeper")
    number = log.write([long, alarm, reset])[1]
    log.close()
    evidence = Evidence(folder / "state" / "evidence", 10**9)
    batch = FileBatch()
    for index in range(5):
        evidence.write(number, Picture(now, 0.0, index, room(index / 5)), batch)
    batch.commit()
    served = Served(folder)
    yield served
    served.close()


@pytest.fixture
def hand(page: Served) -> Iterator[StandIn]:
    standing = StandIn(page.state)
    standing.picture = room()
    standing.cells = [[share * 0.1 for share in row] for row in CELLS]
    standing.points = an_hour()
    yield standing
    standing.close()


def an_hour() -> list[list[object]]:
    """Return a course of the hazard: quiet, a minute without a camera, and something burns."""
    began, points = time() - 3600, []
    for second in range(3600):
        hazard: float | None = 0.06 + 0.03 * sin(second / 90) + 0.02 * sin(second / 7)
        state = "clear"
        if 1500 < second < 1590:
            hazard, state = None, "trouble"
        if second > 3420:
            hazard = min(0.93, 0.1 + (second - 3420) / 60)
            state = "alarm" if hazard > 0.7 else "pre-alarm" if hazard > 0.6 else "clear"
        points.append([began + second, hazard, state])
    return points


def enter(tab: Tab, page: Served, name: str = "keeper") -> None:
    """Sign in, as a person does."""
    tab.go(f"http://127.0.0.1:{page.port}/")
    tab.type("[name=name]", name)
    tab.type("[name=password]", PASSWORD)
    tab.click("main form button")
    tab.until("document.title.includes('Emberwatch') && !!document.querySelector('#live')")
    # The state comes by the stream, the picture is fetched.
    tab.until("document.querySelector('#when').textContent !== ''")


def assert_sound(tab: Tab, page: Served, width: int) -> None:
    """Hold what every page must keep."""
    outside = [one for one in tab.requests if not one.startswith(f"http://127.0.0.1:{page.port}/")]
    assert outside == []
    assert tab.complaints == []
    seen = tab.measure()
    assert seen["innerWidth"] == width
    assert seen["scrollWidth"] <= width
    assert seen["wide"] == []
    assert seen["broken"] == 0
    assert "no certified" in seen["text"]


def picture_of(folder: Path | None, name: str, width: int, dark: bool) -> Path | None:
    return folder / f"watch-{name}-{width}-{'dark' if dark else 'light'}.png" if folder else None


@SIZES
def test_every_page_is_sound(
    browser: Chromium, page: Served, hand: StandIn, width: int, dark: bool, pictures: Path | None
) -> None:
    hand.state = replace(
        QUIET, notices=NOTICES, camera=LONG, zones=({**HEARTH, "name": LONG[:60]},)
    )
    with Tab(browser, width, dark=dark) as tab:
        tab.go(f"http://127.0.0.1:{page.port}/")
        assert_sound(tab, page, width)
        tab.photograph(picture_of(pictures, "login", width, dark))
        enter(tab, page)
        for name in ("", "events", "zones", "settings", "events/2"):
            tab.go(f"http://127.0.0.1:{page.port}/{name}")
            tab.evaluate("new Promise((done) => setTimeout(done, 700))")
            tab.photograph(picture_of(pictures, name.replace("/", "-") or "live", width, dark))
            assert_sound(tab, page, width)
        ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(16, 19, 22)") == dark


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_an_alarm_is_shown_as_it_comes_and_answered_by_buttons(
    browser: Chromium, page: Served, hand: StandIn, width: int, pictures: Path | None
) -> None:
    with Tab(browser, width) as tab:
        enter(tab, page)
        tab.until("document.querySelector('#headline').textContent === 'Watching'")
        assert tab.evaluate("document.querySelector('[value=silence]').disabled")
        hand.state = replace(ALARM, simulated_gpio=True, zones=(HEARTH,))
        hand.picture, hand.cells = room(0.8), CELLS
        tab.until("document.querySelector('#state').classList.contains('alarm')")
        tab.until("!document.querySelector('#simulated').hidden")
        assert "no siren will sound" in tab.text("#simulated")
        tab.evaluate("new Promise((done) => setTimeout(done, 1500))")  # the next picture
        tab.photograph(picture_of(pictures, "alarm", width, dark=False))
        tab.click("[value=silence]")
        tab.until("document.querySelector('#toast').textContent.includes('silenced')")
        tab.click("[value=reset]")
        tab.until("document.querySelector('#ask').open")
        tab.click("#ask button[value=no]")
        tab.until("!document.querySelector('#ask').open")
        assert [one["do"] for one in hand.done] == ["silence"]
        tab.click("[value=reset]")
        tab.click("#ask-yes")
        tab.until("document.querySelector('#toast').textContent.startsWith('The alarm is reset')")
        tab.click("[value=false-alarm]")
        tab.until("document.querySelector('#toast').textContent.includes('false alarm')")
        assert [one["do"] for one in hand.done] == ["silence", "reset", "keep"]
        assert {one["by"] for one in hand.done} == {"keeper"}
        assert_sound(tab, page, width)


def test_hazard_is_drawn_over_the_picture_where_it_is(
    browser: Chromium, page: Served, hand: StandIn
) -> None:
    hand.cells, hand.state = [[0.0, 0.0], [0.0, 1.0]], replace(QUIET, hazard=0.5)
    with Tab(browser, DESK) as tab:
        enter(tab, page)
        red = (
            "((x, y) => { const c = document.querySelector('#heat'); return c.getContext('2d')"
            ".getImageData(c.width * x, c.height * y, 1, 1).data[3]; })"
        )
        tab.until(f"{red}(0.9, 0.9) > 60")
        assert tab.evaluate(f"{red}(0.1, 0.1)") == 0
        tab.click("#show-heat")
        assert tab.evaluate("document.querySelector('#heat').hidden")


def test_a_camera_that_goes_silent_is_never_shown_as_well(
    browser: Chromium, page: Served, hand: StandIn, pictures: Path | None
) -> None:
    with Tab(browser, PHONE) as tab:
        enter(tab, page)
        tab.until("document.querySelector('#headline').textContent === 'Watching'")
        hand.close()
        tab.until("document.querySelector('#headline').textContent.includes('No answer')")
        assert tab.evaluate("document.querySelector('#state').classList.contains('trouble')")
        tab.until("!document.querySelector('#veil').hidden")
        assert "No new picture" in tab.text("#veil")
        tab.photograph(picture_of(pictures, "silent", PHONE, dark=False))
        assert tab.complaints == []


def test_when_the_page_itself_is_gone_that_is_said(browser: Chromium, tmp_path: Path) -> None:
    Users(tmp_path / "state").put("keeper", "keeper", PASSWORD)
    hand, served = StandIn(tmp_path / "state"), Served(tmp_path)
    with Tab(browser, PHONE) as tab:
        enter(tab, served)
        assert served.close() == 0
        tab.until("document.querySelector('#headline').textContent.includes('No news')")
    hand.close()


def corners(tab: Tab, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return where shares of the picture are on the screen."""
    box = tab.evaluate(
        "(() => { const s = document.querySelector('#drawing');"
        " s.scrollIntoView({block: 'center'}); const b = s.getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height]; })()"
    )
    return [(box[0] + x * box[2], box[1] + y * box[3]) for x, y in points]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_zone_is_drawn_named_moved_and_saved(
    browser: Chromium, page: Served, hand: StandIn, width: int, pictures: Path | None
) -> None:
    with Tab(browser, width) as tab:
        enter(tab, page)
        tab.go(f"http://127.0.0.1:{page.port}/zones")
        tab.until("document.querySelector('#live').complete")
        tab.click("#add")
        wanted = [(0.2, 0.3), (0.6, 0.3), (0.6, 0.8), (0.2, 0.8)]
        for point in wanted:
            spot = corners(tab, [point])
            tab.finger(spot) if width == PHONE else tab.drag(spot)
        tab.click("#close")
        tab.until("!document.querySelector('#form').hidden")
        tab.type("#name", "the hearth <b>")
        tab.evaluate(
            "(() => { const k = document.querySelector('#kind'); k.value = 'higher';"
            " k.dispatchEvent(new Event('change')); })()"
        )
        tab.type("#times", "17:00-23:00")
        tab.click(".days label:nth-child(6)")
        # Drag the first corner, then the whole zone.
        start, end = corners(tab, [wanted[0], (0.1, 0.2)])
        tab.drag([start, ((start[0] + end[0]) / 2, start[1]), end])
        inside, aside = corners(tab, [(0.45, 0.55), (0.5, 0.55)])
        tab.drag([inside, aside])
        tab.photograph(picture_of(pictures, "drawn", width, dark=False))
        tab.click("#save")
        tab.until("document.querySelector('#toast').textContent.includes('One zone')")
        zone = hand.done[0]["zones"][0]
        assert (zone["name"], zone["kind"]) == ("the hearth <b>", "higher")
        assert (zone["times"], zone["days"]) == (["17:00-23:00"], ["sat"])
        assert zone["raise_at"] > 0.6
        expected = [(0.15, 0.2), (0.65, 0.3), (0.65, 0.8), (0.25, 0.8)]
        assert zone["points"] == [pytest.approx(list(point), abs=0.01) for point in expected]
        tab.go(f"http://127.0.0.1:{page.port}/zones")
        assert "the hearth <b>" in tab.text("#list")
        tab.click("#list button")
        tab.click("#remove")
        tab.click("#save")
        tab.until("document.querySelector('#toast').textContent.includes('No zones')")
        assert hand.done[-1]["zones"] == []
        assert_sound(tab, page, width)


def test_a_zone_that_will_not_do_is_told_why_and_kept_on_the_page(
    browser: Chromium, page: Served, hand: StandIn
) -> None:
    hand.state = replace(QUIET, zones=(HEARTH,))
    with Tab(browser, DESK) as tab:
        enter(tab, page)
        tab.until("document.querySelectorAll('#zones polygon').length === 1")
        tab.go(f"http://127.0.0.1:{page.port}/zones")
        tab.click("#list button")
        tab.type("#times", "late")
        tab.click("#save")
        tab.until("document.querySelector('#toast').textContent.includes('no span of time')")
        assert not tab.evaluate("document.querySelector('#save').disabled")
        assert hand.done == []
        tab.type("#times", "")
        tab.click("#save")
        tab.until("document.querySelector('#toast').textContent.includes('One zone')")


def test_a_viewer_sees_no_buttons_and_cannot_draw(
    browser: Chromium, page: Served, hand: StandIn, pictures: Path | None
) -> None:
    hand.state = replace(QUIET, zones=(HEARTH,))
    with Tab(browser, PHONE, dark=True) as tab:
        enter(tab, page, "viewer")
        assert tab.evaluate("document.querySelectorAll('#acts button').length") == 0
        tab.photograph(picture_of(pictures, "viewer", PHONE, dark=True))
        tab.go(f"http://127.0.0.1:{page.port}/zones")
        assert not tab.evaluate("!!document.querySelector('#add, #save')")
        tab.click("#list button")
        assert tab.evaluate("document.querySelector('#name').matches(':disabled')")
        assert_sound(tab, page, PHONE)


def test_light_and_dark_are_chosen_and_remembered(
    browser: Chromium, page: Served, hand: StandIn
) -> None:
    with Tab(browser, PHONE) as tab:
        enter(tab, page)
        tab.click("#theme")
        dark = "getComputedStyle(document.body).backgroundColor === 'rgb(16, 19, 22)'"
        assert tab.evaluate(dark)
        tab.go(f"http://127.0.0.1:{page.port}/events")
        assert tab.evaluate(dark)
        tab.click("#theme")
        assert not tab.evaluate(dark)


def test_what_would_run_or_load_from_elsewhere_is_stopped(
    browser: Chromium, page: Served, hand: StandIn
) -> None:
    with Tab(browser, DESK) as tab:
        enter(tab, page)
        tab.evaluate(
            "(() => { const s = document.createElement('script');"
            " s.textContent = 'window.evil = 1'; document.body.append(s);"
            " const i = new Image(); i.src = 'http://example.org/x.png';"
            " document.body.append(i); document.body.insertAdjacentHTML('beforeend',"
            ' \'<p onclick="window.evil = 1" id="p">x</p>\');'
            " document.querySelector('#p').click(); })()"
        )
        assert tab.evaluate("window.evil === undefined")
        tab.evaluate("new Promise((done) => setTimeout(done, 500))")
        stopped = [one for one in tab.complaints if "Content Security Policy" in one]
        assert any("example.org/x.png" in one for one in stopped)
        assert len(stopped) >= 3


def test_signing_out_leads_to_the_login(browser: Chromium, page: Served, hand: StandIn) -> None:
    with Tab(browser, PHONE) as tab:
        enter(tab, page)
        tab.click("form[action='/logout'] button")
        tab.until("!!document.querySelector('[name=password]')")
        tab.go(f"http://127.0.0.1:{page.port}/events")
        assert tab.evaluate("location.pathname") == "/login"
