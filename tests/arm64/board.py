"""Board: a Raspberry Pi OS Bookworm in a folder, with the Pi's own aarch64 wheels, emulated."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).parent
ENTER = HERE / "enter.sh"
EMULATOR = Path("/usr/bin/qemu-aarch64-static")
TOOLS = ("mmdebstrap", "qemu-aarch64-static", "unshare", "chroot")

# Raspberry Pi OS Bookworm is Debian Bookworm: Python 3.11, glibc 2.36.
SUITE = "bookworm"
PACKAGES = ("python3", "libgomp1", "libstdc++6")
PYTHON = {"python_full_version": "3.11.2", "python_version": "3.11"}
MACHINE = {"platform_machine": "aarch64", "sys_platform": "linux", "platform_system": "Linux"}
PLATFORMS = [f"manylinux_2_{n}_aarch64" for n in (36, 35, 34, 31, 28, 27, 17)]
PLATFORMS.append("manylinux2014_aarch64")

# Each runtime with the pins of the Pi environment that has it.
RUNTIMES = {"tflite-runtime": "edge-tflite.txt", "ai-edge-litert": "edge-litert.txt"}

# Without a merged /usr, a package with files in /lib would make that a folder of its own.
MERGED_USR = 'mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib"; ln -s usr/bin usr/sbin usr/lib "$1"'


PIP = (sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check")


class BoardError(Exception):
    """The board cannot be built on this machine."""


@dataclass(frozen=True)
class Board:
    """An emulated board: `folder` is its root file system, `runtime` what it infers with."""

    folder: Path
    runtime: str

    def put(self, source: Path, name: str) -> str:
        """Copy a file or a folder to /given/NAME on the board and return that path."""
        target = self.folder / "given" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
        return f"/given/{name}"

    def fetch(self, name: str) -> Path:
        """Return where /given/NAME on the board lies here."""
        return self.folder / "given" / name

    def python(self, *arguments: str, seconds: float = 900) -> subprocess.CompletedProcess[str]:
        """Run the board's Python and return how it ended."""
        packages = f"/opt/emberwatch:/opt/{self.runtime}"
        return subprocess.run(
            [ENTER, self.folder, "/usr/bin/python3", *arguments],
            env={
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
                "PYTHONPATH": packages,
                "LANG": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def emberwatch_edge(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the installed `emberwatch-edge` command on the board."""
        return self.python("/opt/emberwatch/bin/emberwatch-edge", *arguments)


def build_boards(checkout: Path, cache: Path) -> dict[str, Board]:
    """Return a board for each runtime, with the wheel of the checkout's edge/ installed.

    The root file system and the pinned wheels are kept in `cache`, by their content.

    Raises:
        BoardError: a tool, the network or the right to change root is missing.
    """
    pins = {name: checkout / "requirements" / file for name, file in RUNTIMES.items()}
    digest = hashlib.sha256()
    for part in (Path(__file__), ENTER, *pins.values()):
        digest.update(part.read_bytes())
    folder = cache / digest.hexdigest()[:16]
    if not folder.exists():
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        part = Path(tempfile.mkdtemp(dir=cache, suffix=".part"))
        _make_root(part / "root")
        for name, file in pins.items():
            _add_wheels(part / "root" / "opt" / name, file, part)
        (part / "root").rename(folder)
        shutil.rmtree(part)
    _install_edge(checkout, folder / "opt" / "emberwatch")
    shutil.rmtree(folder / "given", ignore_errors=True)
    boards = {name: Board(folder, name) for name in RUNTIMES}
    tried = boards["tflite-runtime"].python("-c", "import platform; print(platform.machine())")
    if tried.stdout.strip() != "aarch64":
        raise BoardError(f"an aarch64 program does not run here: {tried.stderr.strip()}")
    return boards


def _make_root(root: Path) -> None:
    # Chrootless and extract: packages are unpacked, none of their scripts runs, no right needed.
    options = ["--quiet", "--mode=chrootless", "--variant=extract", "--arch=arm64"]
    wanted = [f"--setup-hook={MERGED_USR}", f"--include={','.join(PACKAGES)}"]
    _run(["mmdebstrap", *options, *wanted, SUITE, str(root)])
    shutil.copy(EMULATOR, root / "usr" / "bin")


def _add_wheels(target: Path, pins: Path, scratch: Path) -> None:
    """Install pinned wheels for the board, which is another machine than pip runs on."""
    chosen = scratch / pins.name
    chosen.write_text(_for_board(pins.read_text()))
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    safe = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"]
    python = ["--implementation", "cp", "--python-version", PYTHON["python_version"]]
    where = ["--target", str(target), "-r", str(chosen)]
    _run([*PIP, "install", *safe, *python, *platforms, *where])


def _for_board(pins: str) -> str:
    """Return the pins whose markers hold on the board: pip itself would ask this machine."""
    kept = []
    for block in pins.replace("\\\n", "\x00").splitlines():
        first, *hashes = block.split("\x00")
        if not first.strip() or first.startswith("#"):
            continue
        requirement = Requirement(first)
        if requirement.marker is None or requirement.marker.evaluate({**PYTHON, **MACHINE}):
            requirement.marker = None
            kept.append(" ".join([str(requirement), *(part.strip() for part in hashes)]))
    return "\n".join(kept) + "\n"


def _install_edge(checkout: Path, target: Path) -> None:
    """Build the edge wheel from a copy, so that the checkout stays clean, and install it."""
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "edge"
        leave = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
        shutil.copytree(checkout / "edge", source, ignore=leave)
        options = ["--no-deps", "--no-build-isolation", "-w", scratch]
        _run([*PIP, "wheel", *options, str(source)])
        (wheel,) = Path(scratch).glob("*.whl")
        _run([*PIP, "install", "--no-deps", "--no-compile", "--target", str(target), str(wheel)])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise BoardError(f"{command[0]} failed: {' '.join(words[-3:])}")
