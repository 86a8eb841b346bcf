"""The power goes at any moment: what was acknowledged is there, and the latch can be read."""

import filecmp
import importlib.util
import os
import random
import shutil
import signal
import subprocess
from contextlib import contextmanager
from time import sleep

import pytest

from tests.fakes.power_cuts import check, child, run, said

KILLS, CUTS = 50, 8


def test_a_watch_killed_again_and_again_keeps_its_word(tmp_path):
    counted = run(tmp_path / "state", KILLS, seed=5)
    assert counted["found"] >= counted["promised"] > KILLS // 10


@contextmanager
def mounted(image, folder):
    """Mount a file as a disk."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-o", "loop,noatime", image, folder], capture_output=True)
    if done.returncode:
        pytest.skip("mounting an image takes root and a loop device")
    try:
        yield
    finally:
        # A reader's last handle may close a moment later.
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_power_cut_under_the_file_system_keeps_its_word_too(tmp_path):
    """What the card holds at a moment is mounted as after a cut: the page cache is lost."""
    if importlib.util.find_spec("tensorflow") is None or shutil.which("mkfs.ext4") is None:
        pytest.skip("once is enough: in the workstation's environment")
    chance = random.Random(3)
    image, cut = tmp_path / "card.img", tmp_path / "cut.img"
    with open(image, "wb") as file:
        file.truncate(48 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    promised = highest = 0
    for _ in range(CUTS):
        with mounted(image, tmp_path / "card"):
            pid, hear = child(tmp_path / "card" / "state", highest)
            sleep(chance.uniform(0.05, 0.4))
            os.kill(pid, signal.SIGSTOP)
            assert os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])
            # The card alone, without what waits in memory for it, is all that a cut leaves.
            # The kernel may be writing still: only a copy of one moment is a cut.
            shutil.copyfile(image, cut)
            while not filecmp.cmp(image, cut, shallow=False):
                shutil.copyfile(image, cut)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            promised = said(hear, promised)
        with mounted(cut, tmp_path / "after"):
            highest = check(tmp_path / "after" / "state", promised)
        cut.replace(image)
    assert promised > CUTS
