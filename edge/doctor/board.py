"""The board: heat, power, and the watchdog that restarts it when all else hangs."""

from collections.abc import Iterator

from edge.doctor.case import Case
from edge.doctor.finding import Finding, bad, note, ok
from edge.inference.board_state import SINCE_START, ask

UNDER_VOLTAGE = 1
COOL = "give it air, a heat sink or a fan"
SUPPLY = "use the supply made for the board, and a short thick cable"


def look_at_heat(case: Case) -> Iterator[Finding]:
    """Look at the processor's temperature, and whether heat slows it."""
    state = case.board.state()
    slowed = [name for name in state.slowed_by if name != "under-voltage"]
    if state.celsius is None:
        todo = "the watch cannot slow down before heat does it: see that the board stays cool"
        yield note("heat", "this machine does not tell its temperature", todo)
        return
    found = f"{state.celsius:.0f} C"
    if slowed:
        yield note("heat", f"{found}, and slowed down ({', '.join(slowed)})", COOL)
    elif state.celsius >= case.config.board.warm_celsius:
        fewer = f"from {case.config.board.warm_celsius:g} C on it looks at fewer frames"
        yield note("heat", f"{found}; {fewer}", COOL)
    else:
        yield ok("heat", found)


def look_at_power(case: Case) -> Iterator[Finding]:
    """Look whether the supply is strong enough, now and since the start."""
    flags = case.board.state().flags
    if flags is None:
        todo = "on a Pi: add the user to the group video, for vcgencmd"
        yield note("power", "this machine does not tell of its supply", todo)
    elif flags & UNDER_VOLTAGE:
        yield bad("power", "the supply's voltage is too low at this moment", SUPPLY)
    elif flags & UNDER_VOLTAGE << SINCE_START:
        yield note("power", "the supply's voltage was too low since the start", SUPPLY)
    else:
        yield ok("power", "the supply's voltage was never too low since the start")


def look_at_watchdog(case: Case) -> Iterator[Finding]:
    """Look for the hardware watchdog, and whether systemd feeds it."""
    todo = "install emberwatch-watchdog.conf (docs/service.md)"
    if not any((case.root / "dev").glob("watchdog*")):
        here = "there is none, so a kernel that hangs stays so"
        yield note("watchdog", here, "on a Pi: dtparam=watchdog=on in config.txt")
        return
    said = ask(["systemctl", "show", "--property=RuntimeWatchdogUSec", "--value"])
    if said and said not in ("0", "infinity"):
        yield ok("watchdog", f"systemd feeds it, and it restarts the board after {said}")
    elif said:
        yield note("watchdog", "it is there, and nobody feeds it: a hung kernel stays so", todo)
    else:
        yield note("watchdog", "it is there; whether systemd feeds it cannot be told", todo)
