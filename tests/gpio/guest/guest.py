"""What happens on the virtual Pi: the service is started, killed, hung and stopped.

The pins are read from the controller's own registers, not by the library under test.
"""

import grp
import json
import mmap
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable

# The PL061 of QEMU's `virt`, and its registers: ARM DDI 0190, table 3-1.
BASE, DATA, DIRECTION = 0x0903_0000, 0x3FC, 0x400
LINES = {"trouble": 4, "siren": 5, "beacon": 6, "heartbeat": 7}
UNIT = "emberwatch-edge"
LONG_SECONDS = 240.0

registers = mmap.mmap(os.open("/dev/mem", os.O_RDONLY | os.O_SYNC), 4096, mmap.MAP_SHARED,
                      mmap.PROT_READ, offset=BASE)  # fmt: skip
began = time.monotonic()


def pins() -> dict[str, str]:
    """Return each line as `out 1`, `out 0`, `in 1` or `in 0`."""
    data, direction = (struct.unpack("<I", registers[at : at + 4])[0] for at in (DATA, DIRECTION))
    return {
        name: f"{'out' if direction >> bit & 1 else 'in'} {data >> bit & 1}"
        for name, bit in LINES.items()
    }


def note(what: str, **more: object) -> None:
    """Tell the host."""
    at_s = round(time.monotonic() - began, 2)
    print("## " + json.dumps({"what": what, "at_s": at_s, "pins": pins(), **more}), flush=True)


def wait(until: Callable[[], bool]) -> bool:
    """Wait, and say whether it came about."""
    end = time.monotonic() + LONG_SECONDS
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.02)
    return False


def moves(line: str, seconds: float) -> int:
    """Return how often a line changed in this time."""
    count, was, end = 0, pins()[line], time.monotonic() + seconds
    while time.monotonic() < end:
        now = pins()[line]
        count += now != was
        was = now
        time.sleep(0.005)
    return count


def systemctl(*words: str) -> str:
    """Ask systemd, and return its answer."""
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def facts() -> dict[str, str]:
    """Return what systemd says of the service."""
    names = "ActiveState,Result,NRestarts,MainPID,StatusText"
    shown = systemctl("show", UNIT, f"--property={names}")
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def sounding() -> bool:
    """Say whether siren and beacon are on."""
    return [pins()[name] for name in ("siren", "beacon")] == ["out 1", "out 1"]


def let_go(what: str, since: float) -> None:
    """Wait until the siren is off, and until a new watch sounds it again; note both."""
    off = wait(lambda: pins()["siren"] != "out 1")
    time.sleep(0.5)
    note(f"{what}: made safe", off=off, after_s=round(time.monotonic() - since, 2))
    on = wait(sounding)
    note(f"{what}: sounds again", on=on, after_s=round(time.monotonic() - since, 2), **facts())


def main() -> None:
    """Go through all of it."""
    os.chown("/dev/gpiochip0", 0, grp.getgrnam("gpio").gr_gid)
    os.chmod("/dev/gpiochip0", 0o660)
    shutil.copytree("/given/state", "/var/lib/emberwatch", dirs_exist_ok=True)
    shutil.copytree("/given/etc", "/etc/emberwatch", dirs_exist_ok=True)
    note("boot")
    said = systemctl("start", UNIT)
    note("started", said=said, **facts())
    note("alarm", on=wait(sounding), **facts())
    note("beating", moves=moves("heartbeat", 4.0))

    killed = time.monotonic()
    systemctl("kill", "--kill-whom=main", "-s", "KILL", UNIT)
    note("killed")
    let_go("killed", killed)

    stopped = time.monotonic()
    systemctl("kill", "--kill-whom=main", "-s", "STOP", UNIT)
    time.sleep(0.5)
    note("hung", moves=moves("heartbeat", 4.0))
    let_go("hung", stopped)

    systemctl("stop", UNIT)
    note("stopped", **facts())
    if facts()["Result"] != "success":
        print(systemctl("status", UNIT), flush=True)
    for script in ("stock", "press"):
        subprocess.run([sys.executable, f"/given/{script}.py"], check=False)
        note(script)
    note("end")


if __name__ == "__main__":
    main()
