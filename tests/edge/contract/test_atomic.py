"""A reader sees the old file or the new one: after a kill, and on a full disk too."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.contract import atomic
from edge.contract.errors import StorageError

SLOW_WRITER = """
import sys, time
from pathlib import Path
from edge.contract.atomic import atomic_path
with atomic_path(Path(sys.argv[1])) as temporary, open(temporary, "wb") as file:
    file.write(b"new" * 1000)
    file.flush()
    print("half-way", flush=True)
    time.sleep(60)
"""
BUSY_WRITER = """
import sys
from pathlib import Path
from edge.contract.atomic import write_bytes
print("going", flush=True)
while True:
    for letter in (b"a", b"b"):
        write_bytes(Path(sys.argv[1]), letter * 200_000)
"""
FULL_DISK_WRITER = """
import sys
from pathlib import Path
from edge.contract.atomic import write_bytes
from edge.contract.errors import StorageError
try:
    write_bytes(Path(sys.argv[1]), b"new" * 1_000_000)
except StorageError as error:
    print(error.line())
    sys.exit(error.exit_code)
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a file with content of old."""
    path = tmp_path / "state.json"
    path.write_bytes(b"old")
    return path


def test_the_new_content_replaces_the_old(target: Path) -> None:
    atomic.write_bytes(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(target.parent.iterdir()) == [target]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "state.txt"
    atomic.write_text(path, "дым\n")
    assert path.read_text(encoding="utf-8") == "дым\n"


def test_an_error_while_writing_leaves_the_old_file(target: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic.atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_a_kill_in_the_middle_leaves_the_old_file(target: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_WRITER, target], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half-way\n"
        os.kill(writer.pid, signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
    assert target.read_bytes() == b"old"
    atomic.write_bytes(target, b"after")
    assert target.read_bytes() == b"after"


def test_kills_at_any_moment_leave_one_whole_file_or_the_other(target: Path) -> None:
    for attempt in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", BUSY_WRITER, target], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.002 + attempt * 0.003)
            writer.kill()
        assert target.read_bytes() in (b"old", b"a" * 200_000, b"b" * 200_000)


def test_a_file_that_may_not_grow_is_a_storage_error(target: Path) -> None:
    # A full disk that needs no rights; in a child, or this process's own files would be hit.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
    done = subprocess.run(
        [sys.executable, "-c", limit + FULL_DISK_WRITER, target],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == StorageError.exit_code
    (line,) = done.stdout.splitlines()
    assert "state.json" in line
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_a_full_disk_is_one_line_and_leaves_the_old_file(tmp_path: Path) -> None:
    script = (
        f'mount -t tmpfs -o size=64k tmpfs "{tmp_path}" || exit 77; '
        f'echo old >"{tmp_path}/state"; '
        f'"{sys.executable}" -c "$1" "{tmp_path}/state"; echo "code $?"; '
        f'cat "{tmp_path}/state"; ls -A "{tmp_path}"'
    )
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", script, "sh", FULL_DISK_WRITER],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "code" not in done.stdout:
        pytest.skip(f"no private tmpfs here: {done.stderr.strip()}")
    error, code, content, *left = done.stdout.splitlines()
    assert "No space left on device" in error
    assert (code, content, left) == ("code 5", "old", ["state"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        atomic.write_bytes(tmp_path / "x", b"")


def test_a_file_where_a_folder_should_be_is_a_storage_error(target: Path) -> None:
    with pytest.raises(StorageError):
        atomic.write_bytes(target / "below", b"")


def test_a_folder_where_the_file_should_be_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "state" / "inside").mkdir(parents=True)
    with pytest.raises(StorageError):
        atomic.write_bytes(tmp_path / "state", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_an_error_about_another_file_keeps_its_name(target: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"elsewhere"),
        atomic.atomic_path(target),
    ):
        Path("/nowhere/elsewhere").read_bytes()
    assert target.read_bytes() == b"old"
