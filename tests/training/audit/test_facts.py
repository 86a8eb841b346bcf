import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from edge.contract.errors import PictureError, StorageError
from tests.training.audit.scenery import jpeg_bytes, scenery, write_scenery
from tests.training.command import ROOT
from training.audit.fact import examine
from training.audit.fact_cache import FactCache
from training.audit.facts import BATCH, gather
from training.dataset import scan


def test_a_truncated_picture_is_named(tmp_path):
    whole = jpeg_bytes(scenery(1))
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    assert examine("0", tmp_path / "half.jpg").problem.startswith("truncated")


def test_a_web_page_called_jpg_is_no_picture(tmp_path):
    (tmp_path / "p.jpg").write_text("<!doctype html><title>404</title>")
    assert examine("0", tmp_path / "p.jpg").problem.startswith("not a picture")


def test_a_png_called_jpg_is_read_and_its_name_doubted(tmp_path):
    scenery(1).save(tmp_path / "p.jpg", "PNG")
    fact = examine("0", tmp_path / "p.jpg")
    assert (fact.problem, fact.format) == ("", "PNG")
    assert fact.suffix_is_wrong("p.jpg")
    assert not fact.suffix_is_wrong("p.PNG")


def test_a_picture_turned_by_exif_is_tall(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    scenery(1, (240, 180)).save(tmp_path / "t.jpg", exif=exif)
    fact = examine("0", tmp_path / "t.jpg")
    assert (fact.width, fact.height, fact.orientation) == (240, 180, 6)
    assert (fact.shown, fact.shape) == ((180, 240), "tall")


def test_a_flat_picture_has_no_hash(tmp_path):
    Image.new("RGB", (64, 64), (10, 10, 10)).save(tmp_path / "night.png")
    assert examine("0", tmp_path / "night.png").hashes is None


def test_what_is_known_comes_back_from_the_cache_as_it_was(tmp_path):
    scenery(3).save(tmp_path / "a.png")
    fact = examine("a", tmp_path / "a.png")
    with FactCache(tmp_path / "cache") as cache:
        cache.add([fact])
        back = cache.facts(["a", "unknown"])
    assert set(back) == {"a"}
    assert back["a"].statistics.tolist() == fact.statistics.tolist()
    assert back["a"].hashes.tolist() == fact.hashes.tolist()
    assert back["a"].shown == fact.shown


def test_a_file_that_went_away_stops_the_audit(tmp_path):
    with FactCache(tmp_path) as cache, pytest.raises(PictureError, match=r"gone\.jpg"):
        gather({"a": tmp_path / "gone.jpg"}, cache, 2, lambda _done, _of: None)


def test_a_damaged_cache_is_named(tmp_path):
    with FactCache(tmp_path) as cache:
        path = cache.path
    path.write_bytes(b"no database at all, but long enough to be taken for one" * 20)
    with pytest.raises(StorageError, match="delete that file"):
        FactCache(tmp_path)


def test_a_killed_audit_keeps_its_batches(tmp_path):
    folder = write_scenery(tmp_path / "d", {"a": 1, "b": 1})
    # One large picture, told apart by bytes after its end: quick to write, slow to read.
    large = jpeg_bytes(scenery(5, (2000, 1500)), 95)
    for i in range(160):
        (folder / "a" / f"large{i:03}.jpg").write_bytes(large + bytes([i]))
    command = ["-P", "-m", "emberwatch", "audit", folder, "--no-labels-check"]
    child = subprocess.Popen(
        [sys.executable, *map(str, command), "--bottleneck-dir", str(tmp_path / "cache")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    _wait_for_a_batch(tmp_path / "cache", child)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    kept = _stored(tmp_path / "cache")
    assert len(kept) >= BATCH
    assert len(kept) % BATCH == 0
    # What was kept is not read again: its files might as well be gone.
    all_of = {sample.sha256: folder / sample.file for sample in scan(folder).samples}
    rest = [sha256 for sha256 in all_of if sha256 not in kept][:3]
    pictures = dict.fromkeys(kept, tmp_path / "gone") | {key: all_of[key] for key in rest}
    with FactCache(tmp_path / "cache") as cache:
        assert set(gather(pictures, cache, 2, lambda _done, _of: None)) == {*kept, *rest}


def _stored(folder: Path) -> set[str]:
    files = list(folder.glob("audit-*.sqlite"))
    if not files:
        return set()
    connection = sqlite3.connect(files[0], timeout=30)
    try:
        return {row[0] for row in connection.execute("SELECT sha256 FROM facts")}
    except sqlite3.OperationalError:  # the table is not made yet
        return set()
    finally:
        connection.close()


def _wait_for_a_batch(folder: Path, child: subprocess.Popen) -> None:
    while child.poll() is None and not _stored(folder):
        time.sleep(0.02)
