"""What is shown is what holds: states in words, pictures, buttons; and never "well" unknown."""

import json
import socket
import time
from dataclasses import replace

import pytest

from edge.link.snapshot import Snapshot
from edge.web.hub import Hub, Picture, Seen
from edge.web.stream import Messages
from edge.web.words import words_of
from tests.edge.web.once import once
from tests.edge.web.stand_in import ALARM, NOW, QUIET, TROUBLE, StandIn

SECONDS = 30


def until(found):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.05)
    raise TimeoutError


@pytest.fixture
def keeper(hand, signed_in):
    visitor = signed_in("keeper")
    until(lambda: "No sign of fire" in visitor.ask("/").text)
    return visitor


class Listener:
    """Reads the stream of what is new."""

    def __init__(self, visitor) -> None:
        self.connection = visitor.connect()
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        self.connection.request("GET", "/live/events", headers={"Cookie": cookies})
        self.response = self.connection.getresponse()

    def next(self, kind: str) -> dict:
        event = ""
        while line := self.response.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == kind:
                return json.loads(value)
        raise EOFError

    def until(self, kind: str, holds) -> dict:
        while not holds(found := self.next(kind)):
            pass
        return found

    def close(self) -> None:
        self.connection.close()


def test_the_state_is_told_in_words(keeper, hand):
    assert "No sign of fire or smoke." in keeper.ask("/").text
    hand.state = ALARM
    text = until(lambda: (t := keeper.ask("/").text) and "The siren sounds." in t and t)
    assert 'class="state alarm"' in text


def test_a_change_reaches_who_looks(keeper, hand):
    listener = Listener(keeper)
    assert listener.next("state")["tone"] == "well"
    hand.state = ALARM
    state = listener.until("state", lambda state: state["tone"] == "alarm")
    assert {"silence", "reset"} <= set(state["can"])
    hand.state = replace(QUIET, state="trouble", notices=(TROUBLE,))
    state = listener.until("state", lambda state: state["tone"] == "trouble")
    assert state["notices"][0]["problem"] == TROUBLE.problem
    listener.close()


def test_without_a_hand_nothing_is_said_to_be_well(keeper, hand):
    listener = Listener(keeper)
    listener.next("state")
    hand.close()
    state = listener.until("state", lambda state: state["tone"] != "well")
    assert state["headline"] == "No answer from the watch"
    assert state["can"] == []
    text = keeper.ask("/").text
    assert "No sign of fire" not in text
    assert 'class="state trouble"' in text
    reply = keeper.script("/do", {"what": "silence"})
    assert (reply.status, reply.json["ok"]) == (409, False)
    assert "no watch answers" in reply.json["message"].lower()
    listener.close()


def test_a_hand_that_comes_back_is_followed_again(served, keeper, hand):
    listener = Listener(keeper)
    hand.close()
    listener.until("state", lambda state: state["tone"] == "trouble")
    again = StandIn(served.state)
    try:
        listener.until("state", lambda state: state["tone"] == "well")
    finally:
        again.close()
        listener.close()


def test_pictures_come_with_their_heat_and_only_the_newest(keeper, hand):
    listener = Listener(keeper)
    told = listener.next("picture")
    assert told["cells"] == hand.cells
    assert told["box"] == [0, 0, 1, 1]
    assert keeper.ask("/live/picture.jpg").data == hand.picture
    hand.picture = b"\xff\xd8 another \xff\xd9"
    until(lambda: keeper.ask("/live/picture.jpg").data == hand.picture)
    listener.close()


def test_ten_viewers_ask_the_hand_no_more_than_one(keeper, hand):
    listeners = [Listener(keeper) for _ in range(10)]
    for listener in listeners:
        listener.next("picture")
    followed = hand.asked.count("follow")
    before, started = hand.asked.count("picture"), time.monotonic()
    for _ in range(3):
        for listener in listeners:
            listener.next("picture")
    asked = hand.asked.count("picture") - before
    assert asked <= 4.0 * (time.monotonic() - started) + 2  # pictures_per_second, not times ten
    assert hand.asked.count("follow") == followed
    for listener in listeners:
        listener.close()


@once
def test_when_nobody_looks_no_picture_is_asked_for(keeper, hand):
    Listener(keeper).close()
    until(lambda: _still(hand))


def _still(hand) -> bool:
    before = hand.asked.count("picture")
    time.sleep(1.5)
    return hand.asked.count("picture") == before


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("silence", {"do": "silence", "by": "keeper"}),
        ("reset", {"do": "reset", "by": "keeper"}),
        ("test", {"do": "test", "by": "keeper"}),
        ("end-test", {"do": "end-test", "by": "keeper"}),
        ("false-alarm", {"do": "keep", "kind": "false-alarm", "by": "keeper"}),
        ("missed", {"do": "keep", "kind": "missed", "by": "keeper"}),
    ],
)
def test_each_button_tells_the_hand_who_pressed_it(keeper, hand, what, told):
    reply = keeper.form("/do", what=what, csrf=keeper.csrf())
    assert (reply.status, reply.headers["Location"]) == (303, "/")
    assert keeper.script("/do", {"what": what}).json["ok"]
    assert hand.done == [told, told]


def test_what_the_hand_refuses_is_said_and_not_hidden(keeper, hand):
    hand.refuse = "the hazard is still there"
    reply = keeper.script("/do", {"what": "reset"})
    assert reply.status == 409
    assert reply.json == {"ok": False, "message": "The hazard is still there."}
    page = keeper.form("/do", what="reset", csrf=keeper.csrf())
    assert page.status == 409
    assert "The hazard is still there." in page.text


@pytest.mark.parametrize("what", ["", "explode", "keep", "set-zones", "follow", '"'])
def test_there_are_no_other_buttons(keeper, hand, what):
    assert keeper.script("/do", {"what": what, "by": "god"}).status == 400
    assert hand.done == []


def test_nobody_acts_in_anothers_name(keeper, hand):
    keeper.script("/do", {"what": "silence", "by": "anna"})
    assert hand.done == [{"do": "silence", "by": "keeper"}]


ZONE = {"name": "hearth", "points": [[0.1, 0.5], [0.4, 0.5], [0.4, 1.0]], "kind": "ignore"}


def test_zones_are_checked_and_handed_over(keeper, hand):
    reply = keeper.script("/zones", {"zones": [ZONE]})
    assert reply.json == {"ok": True, "message": "One zone is set now."}
    assert hand.done[0]["zones"][0] == {**ZONE, "raise_at": None, "times": [], "days": []}
    assert hand.done[0]["by"] == "keeper"
    assert until(lambda: "hearth" in keeper.ask("/zones").text)


@pytest.mark.parametrize(
    "zones",
    [
        None,
        "x",
        {},
        [1],
        [{**ZONE, "points": [[0, 0], [1, 1]]}],
        [{**ZONE, "points": [[0, 0], [2, 0], [1, 1]]}],
        [{**ZONE, "points": [[0, 0], ["NaN", 0], [1, 1]]}],
        [{**ZONE, "kind": "burn"}],
        [{**ZONE, "kind": "higher"}],
        [{**ZONE, "kind": "higher", "raise_at": 0.1}],
        [{**ZONE, "times": ["25:00-26:00"]}],
        [{**ZONE, "more": 1}],
        [ZONE, ZONE],
        [{**ZONE, "name": f"z{n}"} for n in range(100)],
    ],
)
def test_zones_that_are_none_change_nothing(keeper, hand, zones):
    reply = keeper.script("/zones", {"zones": zones})
    assert (reply.status, reply.json["ok"]) == (400, False)
    assert hand.done == []


def test_one_viewer_too_many_is_told_to_come_back(serve, tmp_path):
    standing = StandIn(tmp_path / "state")
    page = serve("viewers = 2\n")
    visitor = page.visitor().entered()
    listeners = [Listener(visitor) for _ in range(2)]
    assert [listener.response.status for listener in listeners] == [200, 200]
    late = Listener(visitor)
    assert (late.response.status, late.response.headers["Retry-After"]) == (503, "20")
    listeners[0].close()
    until(lambda: Listener(visitor).response.status == 200)
    standing.close()


@once
def test_a_viewer_that_takes_nothing_is_let_go_and_the_others_see_on(served, keeper, hand):
    # Notices so long that the kernel's buffers fill within seconds.
    hand.state = replace(QUIET, camera="x" * 400_000)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", served.port))
        cookie = f"emberwatch={keeper.cookies['emberwatch']}"
        deaf.sendall(f"GET /live/events HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n".encode())
        listener = Listener(keeper)
        deadline = time.monotonic() + 10 * SECONDS
        while not any("let go" in line for line in served.log):
            assert time.monotonic() < deadline
            listener.next("state")
        hand.state = QUIET
        listener.until("state", lambda state: len(str(state)) < 10_000)
        listener.close()


@once
def test_a_stream_ends_when_its_login_does(serve, tmp_path):
    standing = StandIn(tmp_path / "state")
    page = serve()
    visitor = page.visitor().entered()
    listener = Listener(visitor)
    listener.next("state")
    visitor.form("/logout", csrf=visitor.csrf())
    with pytest.raises(EOFError):
        while True:
            listener.next("state")
    standing.close()


@pytest.mark.parametrize(
    ("snapshot", "tone", "words"),
    [
        (QUIET, "well", "Watching"),
        (replace(QUIET, notices=(replace(TROUBLE, signal="supervisory"),)), "notice", "notice"),
        (replace(QUIET, state="pre-alarm", level="pre-alarm"), "warning", "may be burning"),
        (replace(QUIET, state="starting"), "warning", "Starting"),
        (replace(QUIET, notices=(TROUBLE,)), "trouble", "cannot do its job"),
        (replace(QUIET, state="trouble"), "trouble", "cannot do its job"),
        (ALARM, "alarm", "Alarm"),
        (replace(ALARM, notices=(TROUBLE,)), "alarm", "Alarm"),
        (replace(QUIET, testing=True), "notice", "Test running"),
        (replace(ALARM, testing=True), "alarm", "Test running"),
        (
            replace(QUIET, state="pre-alarm", level="pre-alarm", notices=(TROUBLE,)),
            "trouble",
            "job",
        ),
        (Snapshot(NOW), "warning", "Starting"),
    ],
)
def test_each_state_has_its_words_and_only_clear_is_well(snapshot, tone, words):
    said = words_of(Seen(1, snapshot, None))
    assert said.tone == tone
    assert words in said.headline


def test_an_old_snapshot_of_a_hand_that_is_gone_counts_for_nothing():
    said = words_of(Seen(1, QUIET, "gone"))
    assert (said.tone, said.facts, said.can) == ("trouble", (), ())
    assert words_of(Seen()).tone == "trouble"


def test_the_messages_are_made_once_for_all_viewers():
    messages = Messages()
    picture = Picture(1, NOW, 0.5, ((0.5,),), b"", 0.0)
    assert messages.picture(picture) is messages.picture(picture)
    seen = Seen(1, QUIET, None)
    assert messages.state(seen) is messages.state(replace(seen, version=2))
    assert messages.state(replace(seen, problem="gone")) != messages.state(seen)


def test_a_hub_without_a_hand_gives_up_on_pictures_soon(tmp_path):
    hub = Hub(tmp_path / "control.sock", 4.0)
    hub.start()
    started = time.monotonic()
    assert hub.picture(0.3) is None
    assert time.monotonic() - started < SECONDS
    hub.close()


def test_a_heat_map_of_a_part_of_the_picture_says_which(keeper, hand):
    hand.box = [0.2, 0.0, 0.8, 1.0]
    listener = Listener(keeper)
    told = listener.until("picture", lambda told: told["box"] != [0, 0, 1, 1])
    assert told["box"] == [0.2, 0.0, 0.8, 1.0]
    listener.close()
