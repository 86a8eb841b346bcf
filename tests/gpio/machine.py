"""VirtualPi: an emulated computer with a Debian kernel, a GPIO controller and the Pi's wheels.

QEMU's `virt` has a PL061: a real gpiochip of 8 lines to the kernel, to lgpio and to gpiozero.
Like a Raspberry Pi's it keeps its outputs when the process that drove them is gone.
"""

import hashlib
import json
import py_compile
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.arm64.board import MERGED_USR, PIP, SUITE, Board, BoardError
from tests.gpio.cpio import write_cpio

HERE = Path(__file__).parent
SYSTEMD = HERE.parents[1] / "deploy" / "systemd"
TOOLS = ("qemu-system-aarch64",)
PACKAGES = ("linux-image-arm64", "systemd", "systemd-sysv", "util-linux", "busybox-static")
LGPIO = (
    "lgpio==0.2.2.0 "
    "--hash=sha256:a2f71fb95b149d8ac82c7c6bae70f054f6dc42a006ad35c90c7d8e54921fbcf4\n"
)
MARK = "## "
# strict memory checks are off: the guest reads the controller's own registers.
KERNEL_WORDS = (
    "console=ttyAMA0 iomem=relaxed panic=1 quiet loglevel=3 systemd.getty_auto=0 "
    "systemd.show_status=no rdinit=/usr/lib/systemd/systemd"
)
MEMORY_MB = 1700
NOT_NEEDED = ("/usr/share", "/usr/include", "/usr/lib/modules", "/boot")
TEST_PACKAGES = ("pytest", "_pytest", "hypothesis", "pygments", "setuptools")


def build(board: Board, cache: Path) -> Path:
    """Return a folder with `vmlinuz`, `root` and `lgpio`, made once and kept in `cache`.

    Raises:
        BoardError: a tool or the network is missing.
    """
    digest = hashlib.sha256(repr((SUITE, PACKAGES, LGPIO)).encode()).hexdigest()
    folder = cache / digest[:16]
    if folder.exists():
        return folder
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    part = Path(tempfile.mkdtemp(dir=cache, suffix=".part"))
    options = ["--quiet", "--mode=chrootless", "--variant=extract", "--arch=arm64"]
    wanted = [f"--setup-hook={MERGED_USR}", f"--include={','.join(PACKAGES)}"]
    _run(["mmdebstrap", *options, *wanted, SUITE, str(part / "root")])
    (kernel,) = (part / "root" / "boot").glob("vmlinuz-*")
    shutil.move(kernel, part / "vmlinuz")
    (part / "lgpio.txt").write_text(LGPIO)
    for_board = ["--platform", "manylinux_2_34_aarch64", "--python-version", "3.11"]
    safe = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"]
    target = ["--target", str(part / "lgpio"), "-r", str(part / "lgpio.txt")]
    _run([*PIP, "install", *for_board, *safe, *target])
    for source, place in _libraries(board, part):
        _compile(source, place, part / "compiled")
    part.rename(folder)
    return folder


def run(board: Board, parts: Path, given: Path, seconds: float) -> list[dict[str, Any]]:
    """Start the machine with `given` at /given, and run its `guest.py`; return what it noted.

    A note with `"press": true` has the machine's power button pressed: a pulse on line 3.

    Raises:
        BoardError: it did not end by itself in this time.
    """
    with tempfile.TemporaryDirectory() as scratch:
        first_root = Path(scratch) / "initrd"
        _write_root(board, parts, given, first_root)
        monitor = Path(scratch) / "monitor"
        command = [
            "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2",
            "-accel", "tcg,thread=multi", "-m", str(MEMORY_MB), "-net", "none", "-no-reboot",
            "-display", "none", "-serial", "stdio", "-monitor", f"unix:{monitor},server,nowait",
            "-kernel", str(parts / "vmlinuz"), "-initrd", str(first_root),
            "-append", KERNEL_WORDS,
        ]  # fmt: skip
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
        ) as machine:
            try:
                return _listen(machine, monitor, time.monotonic() + seconds)
            finally:
                machine.kill()


def _listen(machine: "subprocess.Popen[str]", monitor: Path, until: float) -> list[dict[str, Any]]:
    notes, said = [], []
    assert machine.stdout is not None
    for line in machine.stdout:
        said.append(line.rstrip())
        if line.startswith(MARK):
            notes.append(json.loads(line.removeprefix(MARK)))
            if notes[-1].get("press"):
                _press(monitor)
        if time.monotonic() > until:
            raise BoardError("the machine took too long; its last words: " + " | ".join(said[-20:]))
    if not notes or notes[-1]["what"] != "end":
        raise BoardError("the machine ended early; its last words: " + " | ".join(said[-40:]))
    return notes


def _press(monitor: Path) -> None:
    time.sleep(1)  # a button that is down at once was not pressed by anybody
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(monitor))
        line.sendall(b"system_powerdown\n")
        time.sleep(0.2)


def _write_root(board: Board, parts: Path, given: Path, target: Path) -> None:
    packages = f"/opt/{board.runtime}"
    left = {f"{packages}/{name}" for name in TEST_PACKAGES} | set(NOT_NEEDED)
    trees = [
        (parts / "root" / "usr", "/usr"),
        (board.folder / "usr", "/usr"),
        (board.folder / "opt" / board.runtime, packages),
        (board.folder / "opt" / "emberwatch", "/opt/emberwatch"),
        (parts / "lgpio", "/opt/lgpio"),
        (given, "/given"),
        (SYSTEMD, "/etc/systemd/system"),
        (parts / "compiled", "/"),
    ]
    with tempfile.TemporaryDirectory() as scratch, target.open("wb") as out:
        small = Path(scratch)
        _compile(board.folder / "opt" / "emberwatch" / "edge", "/opt/emberwatch/edge", small)
        for name in ("bin", "sbin", "lib"):
            (small / name).symlink_to(f"usr/{name}")
        for name in ("proc", "sys", "dev", "tmp", "run", "var/tmp", "root", "home"):
            (small / name).mkdir(parents=True)
        write_cpio(out, [(small, "/"), (HERE / "guest", "/"), *trees], lambda name: name in left)


def _libraries(board: Board, parts: Path) -> list[tuple[Path, str]]:
    """Return the folders of Python that a board would have compiled as it installed them."""
    packages = board.folder / "opt" / board.runtime
    names = ("PIL", "ai_edge_litert", "click", "colorzero", "flatbuffers", "gpiozero", "numpy")
    found = [(packages / name, f"/opt/{board.runtime}/{name}") for name in names]
    found.append((board.folder / "usr" / "lib" / "python3.11", "/usr/lib/python3.11"))
    return [*found, (parts / "lgpio", "/opt/lgpio")]


def _compile(source: Path, place: str, target: Path) -> None:
    """Compile a folder's modules, as Python 3.11 of this machine can for that of the board."""
    if sys.version_info[:2] != (3, 11):
        return
    for module in source.rglob("*.py"):
        if "tests" not in module.parts:
            name = Path(place.strip("/")) / module.relative_to(source)
            cache = target / name.parent / "__pycache__" / f"{name.stem}.cpython-311.pyc"
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(module), str(cache), f"/{name}", invalidation_mode=mode, quiet=2)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BoardError(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
