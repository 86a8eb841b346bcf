"""Board32: a Raspberry Pi OS Bookworm of 32 bits in a folder, with the armv7l wheel, emulated."""

import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.arm64.board import (
    MERGED_USR,
    PIP,
    PYTHON,
    RUNTIMES,
    SUITE,
    BoardError,
    _for_board,
    _run,
)

EMULATOR = Path("/usr/bin/qemu-arm-static")
RUNTIME = "tflite-runtime"
PLATFORMS = ("manylinux_2_34_armv7l", "manylinux2014_armv7l")
# NumPy has no wheel for this machine in the package index: Debian's own is taken.
PACKAGES = ("python3", "python3-numpy", "libgomp1", "libstdc++6")
MIRROR = "deb http://deb.debian.org/debian bookworm main"
LIBRARIES = "/usr/lib/arm-linux-gnueabihf"
# One program and no children of it, so nothing is registered with the kernel.
ENTER = """
mount --bind /dev/null "$1/dev/null"
mount --bind /dev/urandom "$1/dev/urandom"
root=$1; shift
exec chroot "$root" /usr/bin/qemu-arm-static /usr/bin/python3 "$@"
"""


@dataclass(frozen=True)
class Board32:
    """An emulated board of 32 bits: `folder` is its root file system."""

    folder: Path
    runtime: str = RUNTIME

    def put(self, source: Path, name: str) -> str:
        """Copy a folder to /given/NAME on the board and return that path."""
        shutil.copytree(source, self.folder / "given" / name, dirs_exist_ok=True)
        return f"/given/{name}"

    def python(self, *arguments: str, seconds: float = 900) -> subprocess.CompletedProcess[str]:
        """Run the board's Python and return how it ended."""
        return subprocess.run(
            ["unshare", "-Urm", "sh", "-ec", ENTER, "enter", self.folder, *arguments],
            env={
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
                "PYTHONPATH": f"/opt/{RUNTIME}",
                # Debian links BLAS by a script of the package, and no script was run.
                "LD_LIBRARY_PATH": f"{LIBRARIES}/blas:{LIBRARIES}/lapack",
                "LANG": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def build_board32(checkout: Path, cache: Path) -> Board32:
    """Return the board; its root file system is kept in `cache`, by this file's content.

    Raises:
        BoardError: a tool, the network or the right to change root is missing.
    """
    folder = cache / hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    if not folder.exists():
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        part = Path(tempfile.mkdtemp(dir=cache, suffix=".part"))
        _make_root(part / "root")
        _add_wheel(part, checkout / "requirements" / RUNTIMES[RUNTIME])
        (part / "root").rename(folder)
        shutil.rmtree(part)
    board = Board32(folder)
    tried = board.python("-c", "import platform, numpy; print(platform.machine())")
    if tried.stdout.strip() != "armv7l":
        raise BoardError(f"an armv7l program does not run here: {tried.stderr.strip()[-300:]}")
    return board


def _make_root(root: Path) -> None:
    options = ["--quiet", "--mode=chrootless", "--variant=extract", "--arch=armhf"]
    wanted = [f"--setup-hook={MERGED_USR}", f"--include={','.join(PACKAGES)}"]
    _run(["mmdebstrap", *options, *wanted, SUITE, str(root), MIRROR])
    shutil.copy(EMULATOR, root / "usr" / "bin")
    (root / "dev").mkdir(exist_ok=True)
    for device in ("null", "urandom"):
        if not (root / "dev" / device).exists():
            (root / "dev" / device).touch()


def _add_wheel(scratch: Path, pins: Path) -> None:
    """Install the runtime's pinned release; its pins name the wheels of every machine."""
    chosen = scratch / "wheel.txt"
    lines = _for_board(pins.read_text()).splitlines()
    chosen.write_text("\n".join(line for line in lines if line.startswith(f"{RUNTIME}==")))
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    safe = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"]
    python = ["--implementation", "cp", "--python-version", PYTHON["python_version"]]
    where = ["--target", str(scratch / "root" / "opt" / RUNTIME), "-r", str(chosen)]
    _run([*PIP, "install", *safe, *python, *platforms, *where])
