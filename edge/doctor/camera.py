"""The camera: it must really give frames, in time."""

from collections.abc import Iterator
from typing import Any

from edge.doctor.case import Case
from edge.doctor.child import run_apart
from edge.doctor.finding import Finding, bad, bad_line, note, ok

# A network camera may take 20 s to its first picture; then we look for some more.
SECONDS = 40.0
LOOK_SECONDS = 3.0
DARK, BRIGHT = 12.0, 245.0
LEAST_SHARE = 0.5
OLD_S = 2.0
WIRING = "check its cable, and with `rpicam-hello --list-cameras` or `v4l2-ctl --list-devices`"

LIVE = "nothing live is watched: give [camera] a camera before you rely on it"


def look_at_camera(case: Case) -> Iterator[Finding]:
    """Take frames for some seconds in a process of its own: a driver may hang for good."""
    if case.running is not None:
        yield _of_watch(case)
        return
    look = ["--seconds", str(LOOK_SECONDS), "--frames", "500", "--json"]
    done = run_apart(["camera", "--config", str(case.config_file.absolute()), *look], SECONDS)
    if done.code is None:
        yield bad("camera", f"it gave nothing in {SECONDS:g} s and hangs in its driver", WIRING)
    elif done.ended_by:
        yield bad("camera", f"its driver's library died ({done.ended_by})", WIRING)
    elif done.code:
        yield bad_line("camera", done.problem, WIRING)
    else:
        yield _of_trial(case, done.record)


def _of_watch(case: Case) -> Finding:
    running = case.running
    if running is None or running.frame_age_s is None:
        return bad("camera", "the watch that runs has no picture", "see `emberwatch-edge events`")
    found = f"{running.camera}: the watch that runs has a picture {running.frame_age_s:.1f} s old"
    if running.live and running.frame_age_s > case.config.health.blind_after_seconds:
        return bad("camera", found, "see `emberwatch-edge events`")
    return ok("camera", found) if running.live else note("camera", f"{found}, a recording", LIVE)


def _of_trial(case: Case, record: dict[str, Any]) -> Finding:
    fps, age = record.get("fps"), record.get("age_s")
    rate = "one picture" if fps is None else f"{fps:.1f} a second"
    found = f"{record.get('camera')}: {record.get('width')} x {record.get('height')}, {rate}"
    if age is not None:
        found += f", {1e3 * float(age):.0f} ms old"
    if record.get("problems"):
        return note("camera", f"{found}; {record['problems'][0]}", WIRING)
    brightness = float(record.get("brightness", 0))
    if not DARK <= brightness <= BRIGHT:
        how = "dark" if brightness < DARK else "glaring"
        found += f", but {how}: {brightness:.0f} of 255"
        return note("camera", found, "is the lens free? See exposure and night settings")
    if age is not None and float(age) > OLD_S:
        return note("camera", found, "its pictures come late: lower its size or rate")
    wanted = case.config.camera.fps
    live = case.config.camera.used_kind not in ("clip", "folder")
    if live and wanted and fps is not None and float(fps) < LEAST_SHARE * wanted:
        todo = "ask for fewer frames, or give it more light: an exposure takes its time"
        return note("camera", f"{found}, {wanted:g} asked for", todo)
    if not live:
        return note("camera", f"{found}, a recording", LIVE)
    return ok("camera", found)
