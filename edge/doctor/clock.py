"""The clock: alarms need none, but events, schedules and certificates go by it."""

import ctypes
from collections.abc import Iterator
from datetime import UTC, datetime

from edge.doctor.case import Case
from edge.doctor.finding import Finding, bad, note, ok

# No watch of this kind was built before, and none will run after.
FIRST_YEAR, LAST_YEAR = 2025, 2099
# adjtimex(2) answers this while nothing keeps the clock right.
TIME_ERROR = 5
# More than struct timex has on any machine, in longs; all zero asks and changes nothing.
TIMEX_LONGS = 64


def look_at_clock(case: Case) -> Iterator[Finding]:
    """Look whether the clock is right, and whether it would be after a power cut."""
    now = datetime.now(UTC)
    found = now.astimezone().strftime("%Y-%m-%d %H:%M %Z")
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        todo = "set it: `sudo timedatectl set-time`, or let it reach a time server"
        report = bad if case.config.schedules else note
        yield report("clock", f"it says {found}, which cannot be", todo)
        return
    lasting = any((case.root / "sys/class/rtc").glob("rtc*"))
    kept = "a clock chip keeps it without power" if lasting else "no clock chip keeps it"
    kept_right = synchronised()
    if kept_right is None:
        yield note("clock", f"{found}; whether it is kept right cannot be told", "see timedatectl")
    elif not kept_right:
        todo = "let it reach a time server, or set it; times in the event log go by it"
        yield note("clock", f"{found}, not synchronised; {kept}", todo)
    elif case.config.schedules and not lasting:
        todo = "after a power cut without network the schedules are wrong: fit a clock chip (RTC)"
        yield note("clock", f"{found}, synchronised; {kept}", todo)
    else:
        yield ok("clock", f"{found}, synchronised; {kept}")


def synchronised() -> bool | None:
    """Say whether something keeps the kernel's clock right; None where it does not tell."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        answer = libc.adjtimex(ctypes.byref((ctypes.c_long * TIMEX_LONGS)()))
    except (OSError, AttributeError):
        return None
    if answer < 0:
        return None
    return bool(answer != TIME_ERROR)
