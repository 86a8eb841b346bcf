"""Who gets in: attacks on the login, and what ends it."""

import fcntl
import json
import os
import re
import stat
import subprocess
import sys
import termios
import time

import pytest

from edge.contract.errors import InputError, StorageError
from edge.web.password import PasswordHash
from edge.web.sessions import Sessions
from edge.web.throttle import FREE_FAILURES, LONGEST_WAIT_SECONDS, LoginThrottle
from edge.web.users import Users
from tests.edge.web.once import once
from tests.edge.web.visitor import PASSWORD

PAGES = ("/", "/events", "/events/1", "/zones", "/settings", "/evidence/x.jpg", "/live/chart")


def test_without_a_user_nothing_is_served_but_how_to_make_one(serve):
    page = serve(users=())
    visitor = page.visitor()
    for path in (*PAGES, "/login", "/live/picture.jpg", "/live/events", "/nothing"):
        reply = visitor.ask(path)
        assert reply.status == 503
        assert "emberwatch-edge web-password" in reply.text
    assert visitor.form("/do", what="silence").status in (403, 503)
    Users(page.state).put("keeper", "keeper", PASSWORD)
    assert visitor.ask("/").headers["Location"] == "/login"
    visitor.entered()


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_the_login(served, path):
    reply = served.visitor().ask(path)
    assert (reply.status, reply.headers["Location"]) == (303, "/login")
    assert reply.data == b""


def test_a_script_of_a_stranger_gets_no_picture_and_no_state(served):
    for path in ("/live/picture.jpg", "/live/events", "/live/chart"):
        reply = served.visitor().ask(path, headers={"Sec-Fetch-Mode": "cors"})
        assert reply.status == 401


def test_who_has_the_password_gets_in_by_a_cookie_that_no_script_and_no_other_site_can_use(served):
    visitor = served.visitor()
    reply = visitor.login()
    assert (reply.status, reply.headers["Location"]) == (303, "/")
    cookie = next(line for line in visitor.set if line.startswith("emberwatch="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert visitor.ask("/").status == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("keeper", "three words there"),
        ("keeper", ""),
        ("nobody", PASSWORD),
        ("", ""),
        ("a" * 5000, "b"),
    ],
)
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nobody(served, name, password):
    reply = served.visitor("127.1.0.9").login(name, password)
    assert reply.status in (401, 429)
    served.visitor("127.1.0.9").entered()
    if reply.status == 401:
        assert "Name or password is wrong." in reply.text


def test_guessing_soon_takes_long_and_nobody_else_has_to_wait(served):
    guesser = served.visitor("127.0.0.66")
    waits: list[int] = []
    # A slow machine may sit out the first wait: until one is long enough to be sure.
    while not waits or waits[-1] < 3:
        reply = guesser.login(password=f"guess number {len(waits)}")
        assert reply.status in (401, 429)
        waits.append(int(reply.headers.get("Retry-After", "0")))
        time.sleep(waits[-1] if waits[-1] < 3 else 0)
        assert len(waits) < 30
    assert waits[:FREE_FAILURES] == [0] * FREE_FAILURES
    assert guesser.login().status == 429  # even with the right one
    served.visitor("127.0.0.67").entered()


def test_a_forged_cookie_opens_nothing(served):
    visitor = served.visitor().entered()
    visitor.cookies["emberwatch"] = visitor.cookies["emberwatch"][:-1] + "!"
    assert visitor.ask("/").status == 303


def test_signing_out_ends_the_login_on_the_server_too(served):
    visitor = served.visitor().entered()
    stolen = dict(visitor.cookies)
    assert visitor.form("/logout", csrf=visitor.csrf()).status == 303
    assert "emberwatch" not in visitor.cookies
    visitor.cookies = stolen
    assert visitor.ask("/").status == 303


@once
def test_a_login_outlives_a_restart_of_the_page_and_not_a_new_password(serve):
    first = serve()
    visitor = first.visitor().entered()
    first.close()
    second = serve(users=())
    visitor.port = second.port
    assert visitor.ask("/").status == 200
    Users(second.state).put("keeper", "keeper", "other words now")
    assert visitor.ask("/").status == 303


def test_a_removed_user_is_out_at_once(serve):
    page = serve(users=("keeper", "anna"))
    visitor = page.visitor().entered("anna")
    Users(page.state).remove("anna")
    assert visitor.ask("/").status == 303


def test_neither_password_nor_token_is_on_the_disk(served):
    visitor = served.visitor().entered()
    for path in served.state.glob("web-*.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert PASSWORD not in path.read_text()
        assert visitor.cookies["emberwatch"] not in path.read_text()


def test_a_file_of_users_that_is_damaged_closes_the_page(serve):
    page = serve()
    visitor = page.visitor().entered()
    Users(page.state).path.write_text('{"keeper": {"role": "god"}}')
    reply = visitor.ask("/")
    assert reply.status == 503
    assert "The page is closed" in reply.text


def test_the_login_form_of_another_page_is_refused(served):
    visitor = served.visitor("127.0.0.70")
    assert visitor.form("/login", name="keeper", password=PASSWORD).status == 403
    visitor.ask("/login")
    reply = visitor.form("/login", name="keeper", password=PASSWORD, csrf="x" * 22)
    assert reply.status == 403
    assert "emberwatch" not in visitor.cookies


def password_command(folder, *arguments, password=""):
    (folder / "watch.toml").write_text('[model]\nbundle = "m"\n[camera]\npath = "c.mp4"\n')
    command = [sys.executable, "-m", "edge", "web-password", "--config", f"{folder}/watch.toml"]
    return subprocess.run([*command, *arguments], input=password, capture_output=True, text=True)


def test_passwords_are_set_listed_and_removed(tmp_path):
    done = password_command(tmp_path, "--stdin", password=PASSWORD + "\n")
    assert (done.returncode, done.stdout) == (0, "keeper may open the page now, as keeper.\n")
    password_command(tmp_path, "--stdin", "--role", "viewer", "--name", "anna", password=PASSWORD)
    listed = password_command(tmp_path, "--list").stdout
    assert listed == "keeper\tkeeper\nanna\tviewer\n"
    assert Users(tmp_path / "state").all()["anna"].password.fits(PASSWORD)
    assert password_command(tmp_path, "--remove", "--name", "anna").returncode == 0
    assert password_command(tmp_path, "--list").stdout == "keeper\tkeeper\n"


@pytest.mark.parametrize(
    ("arguments", "password", "says"),
    [
        (("--stdin",), "short", "too short"),
        (("--stdin",), "x" * 300, "too long"),
        (("--stdin", "--name", "<b>"), PASSWORD, "the name will not do"),
        (("--remove", "--name", "anna"), "", "no user 'anna'"),
    ],
)
def test_what_will_not_do_is_refused_in_one_line(tmp_path, arguments, password, says):
    done = password_command(tmp_path, *arguments, password=password)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "state" / "web-users.json").exists()


def test_a_hash_fits_its_password_alone_and_is_salted():
    first, second = PasswordHash.of(PASSWORD), PasswordHash.of(PASSWORD)
    assert first != second
    read = PasswordHash.from_json(json.loads(json.dumps(first.to_json())))
    assert read.fits(PASSWORD)
    assert not read.fits(PASSWORD + " ")
    assert not read.fits("x" * 10**6)
    with pytest.raises(InputError):
        PasswordHash.of("short")


def test_an_address_waits_longer_after_each_failure_and_up_to_a_limit():
    throttle, now, waits = LoginThrottle(), 0.0, []
    for _ in range(30):
        now += throttle.wait("a", now)
        throttle.failed("a", now)
        waits.append(throttle.wait("a", now))
    assert waits[: FREE_FAILURES - 1] == [0.0] * (FREE_FAILURES - 1)
    assert waits[FREE_FAILURES - 1 :] == sorted(waits[FREE_FAILURES - 1 :])
    assert waits[-1] == LONGEST_WAIT_SECONDS
    throttle.succeeded("a")
    assert throttle.wait("a", now) == 0.0


def test_many_addresses_together_have_to_wait_as_well():
    throttle = LoginThrottle()
    for number in range(1000):
        if throttle.wait(f"a{number}", 1.0) > 0:
            break
        throttle.failed(f"a{number}", 1.0)
    assert number < 100
    assert throttle.wait("somebody", 1.0) > 0
    assert throttle.wait("somebody", 120.0) == 0.0


def test_a_flood_of_addresses_is_forgotten():
    throttle = LoginThrottle()
    for number in range(5000):
        throttle.failed(f"a{number}", number * 0.001)
    assert len(throttle._addresses) <= 1000


def test_old_logins_end_and_a_read_only_folder_does_not_hinder_one(tmp_path):
    users = Users(tmp_path)
    user = users.put("keeper", "keeper", PASSWORD)
    now = [1e9]
    sessions = Sessions(tmp_path, 30.0, lambda: now[0])
    token = sessions.begin(user)
    now[0] += 29 * 86400
    assert sessions.find(token, users.all())
    now[0] += 2 * 86400
    assert sessions.find(token, users.all()) is None
    (tmp_path / "web-sessions.json").write_text("{]")
    assert Sessions(tmp_path, 30.0, lambda: now[0]).find(token, users.all()) is None
    lost = Sessions(tmp_path / "web-users.json", 30.0, lambda: now[0])  # no folder: unwritable
    assert lost.find(lost.begin(user), users.all())


def test_a_users_file_that_nobody_may_read_says_what_to_do(tmp_path):
    (tmp_path / "web-users.json").mkdir()
    with pytest.raises(StorageError, match=r"web-password"):
        Users(tmp_path).all()


def test_a_link_from_elsewhere_leads_in_without_a_second_login(served):
    visitor = served.visitor().entered()
    held, visitor.cookies = visitor.cookies, {}
    # A strict cookie is not sent along with a link of another site: the page asks once more.
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    reply = visitor.ask("/", headers=sent)
    assert re.search(r'http-equiv="refresh"', reply.text)
    visitor.cookies = held
    assert visitor.ask("/", headers={"Sec-Fetch-Site": "same-origin"}).status == 200


def test_a_password_is_asked_for_twice_and_never_shown(tmp_path):
    (tmp_path / "watch.toml").write_text('[model]\nbundle = "m"\n[camera]\npath = "c.mp4"\n')
    command = [sys.executable, "-m", "edge", "web-password"]
    person, terminal = os.openpty()
    with subprocess.Popen(
        [*command, "--config", f"{tmp_path}/watch.toml"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0),
    ) as process:
        os.close(terminal)
        seen = b""
        for question in (b"Password:", b"Repeat for confirmation:"):
            while question not in seen:
                seen += os.read(person, 1000)
            os.write(person, PASSWORD.encode() + b"\n")
        while b"may open" not in seen:
            seen += os.read(person, 1000)
        assert process.wait(30) == 0
    os.close(person)
    assert PASSWORD.encode() not in seen
    assert Users(tmp_path / "state").all()["keeper"].password.fits(PASSWORD)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_password_set_by_root_is_readable_by_the_service(tmp_path):
    os.chown(tmp_path, 4711, 4712)
    Users(tmp_path).put("keeper", "keeper", PASSWORD)
    found = (tmp_path / "web-users.json").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (4711, 4712, 0o600)
