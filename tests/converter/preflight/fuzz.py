"""Fuzz: damaged TFLite files thrown at preflight, at its command and at the real runtimes.

    .venv/workstation/bin/python -m tests.converter.preflight.fuzz [--files 20000] [--seed 1]

Workers read the files and are restarted when they die. A worker that dies or hangs, or an
exception other than ModelError, is a failure: the file is kept in build/fuzz/. A runtime may
crash on such a file, that is why it runs in a child process; the tool around it may not.
"""

import argparse
import os
import resource
import select
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from converter.preflight.preflight import Subject, preflight
from converter.preflight.profile import NAMES, Profile, is_shipped
from converter.preflight.runtime_child import Sample, local_child
from edge.contract.errors import ModelError
from tests.converter.preflight.mutations import mutation, seed_files

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "build" / "fuzz"
# Of a worker: what reading a file of some kilobytes may cost at the very most.
MEMORY_BYTES, SECONDS = 3 * 2**30, 60
RUNTIMES = {"tflite-runtime": ".venv/edge", "ai-edge-litert": ".venv/edge-litert"}
GOOD_EXITS = (0, 3)


def main() -> int:
    """Throw the files; return 1 where something failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=100, help="files for the command line")
    parser.add_argument("--runs", type=int, default=300, help="files for each real runtime")
    parser.add_argument("--worker", type=int, nargs=2, metavar=("FIRST", "STEP"))
    given = parser.parse_args()
    if given.worker:
        work(given.seed, *given.worker, given.files)
        return 0
    started = time.monotonic()
    failures = throw_at_reader(given.seed, given.files, os.cpu_count() or 1)
    print(f"reader: {given.files} files, {time.monotonic() - started:.0f} s")
    failures += throw_at_command(given.seed, given.files, given.commands)
    throw_at_runtimes(given.seed, given.files + given.commands, given.runs)
    print(f"{failures} failures" + (f", kept in {KEPT}" if failures else ""))
    return 1 if failures else 0


def work(seed: int, first: int, step: int, end: int) -> None:
    """Read every STEPth file from FIRST; say each number before, and what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    seeds, profiles = seed_files(), [Profile.read(name) for name in NAMES if is_shipped(name)]
    for number in range(first, end, step):
        sys.stdout.write(f"{number} ")
        sys.stdout.flush()
        sys.stdout.write(f"{outcome(mutation(seeds, seed, number), profiles)}\n")
    sys.stdout.flush()


def outcome(model: bytes, profiles: list[Profile]) -> str:
    """Return `read`, `refused`, or the exception that should not have been."""
    try:
        preflight(Subject("fuzz", model), profiles)
    except ModelError:
        return "refused"
    except Exception as error:  # noqa: BLE001 - any other is what is looked for
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return "read"


def throw_at_reader(seed: int, files: int, workers: int) -> int:
    """Share the files among workers; return how many failed."""
    counts: Counter[str] = Counter()
    bad: dict[int, str] = {}
    running = [Worker(seed, files, first, workers) for first in range(workers)]
    while running:
        ready, _, _ = select.select([one.stdout for one in running], [], [], 1)
        for one in list(running):
            for number, said in one.finished(one.stdout in ready):
                counts[said if said in ("read", "refused") else "failed"] += 1
                if said not in ("read", "refused"):
                    bad[number] = said
            if one.ended:
                running.remove(one)
    for number, said in bad.items():
        keep(mutation(seed_files(), seed, number), f"{seed}-{number}", said)
    print(f"reader: {dict(counts)}")
    return len(bad) + max(files - sum(counts.values()), 0)


class Worker:
    """A process that reads files; begun again behind the file on which it died or hung."""

    def __init__(self, seed: int, files: int, first: int, step: int) -> None:
        self._command = [sys.executable, "-m", __spec__.name if __spec__ else "", "--seed"]
        self._command += [str(seed), "--files", str(files), "--worker"]
        self._first, self._step, self._files = first, step, files
        self.ended = False
        self._start()

    def _start(self) -> None:
        command = [*self._command, str(self._first), str(self._step)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        assert self._process.stdout
        self.stdout = self._process.stdout.fileno()
        self._text, self._heard = "", time.monotonic()

    def finished(self, readable: bool) -> list[tuple[int, str]]:
        """Return the files that were done since, and what came of each."""
        read = os.read(self.stdout, 65536) if readable else b""
        if read:
            self._heard = time.monotonic()
            *lines, self._text = (self._text + read.decode()).split("\n")
            done = [line.split(" ", 1) for line in lines]
            if done:
                self._first = int(done[-1][0]) + self._step
            return [(int(number), said) for number, said in done]
        hung = time.monotonic() - self._heard > SECONDS
        if not readable and not hung:
            return []
        self._process.kill()
        code = self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        if not hung and code == 0:
            self.ended = True
            return []
        failed = (self._first, "hung" if hung else f"died with {code}")
        self._first += self._step
        self._start()
        return [failed]


def throw_at_command(seed: int, first: int, files: int) -> int:
    """Give files to `emberwatch preflight`; return how many ended otherwise than they should."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path, exits, failures = KEPT / "given.tflite", Counter[int](), 0
    for number in range(first, first + files):
        path.write_bytes(mutation(seed_files(), seed, number))
        words = ["preflight", str(path), "--target", "bookworm64", "--target", "trixie"]
        command = [sys.executable, "-m", "emberwatch", *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        exits[done.returncode] += 1
        lines = done.stderr.splitlines()
        clear = len(lines) == (done.returncode == 3) and all(x.startswith("error: ") for x in lines)
        if done.returncode not in GOOD_EXITS or not clear:
            failures += 1
            keep(path.read_bytes(), f"{seed}-{number}", done.stderr)
    path.unlink(missing_ok=True)
    print(f"command line: {files} files, exit codes {dict(exits)}")
    return failures


def throw_at_runtimes(seed: int, first: int, files: int) -> None:
    """Load and run files in each real runtime; say what it did with them."""
    seeds = seed_files()
    samples = [Sample(str(n), mutation(seeds, seed, n)) for n in range(first, first + files)]
    limits = {"memory_bytes": 8 * 2**30, "cpu_seconds": 3, "wall_seconds": 30}
    for runtime, folder in RUNTIMES.items():
        python = ROOT / folder / "bin" / "python"
        if python.exists():
            answers = local_child(python, runtime, 1200, limits).run(samples)
            counts = Counter(
                answer.result + (f" {answer.reason}" if answer.result == "crashed" else "")
                for answer in answers
            )
            print(f"{runtime}: {dict(counts)}")


def keep(model: bytes, name: str, why: str) -> None:
    """Keep a file that failed, and say why."""
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.tflite").write_bytes(model)
    print(f"failed: {KEPT / name}.tflite: {why}")


if __name__ == "__main__":
    sys.exit(main())
