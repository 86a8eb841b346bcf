import hashlib
import json
import re
import shutil

import pytest

from tests.training.audit.scenery import scenery, write_scenery
from tests.training.command import assert_one_clear_line, emberwatch


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """Audit a dataset with faults; return its folder, the results' and the finished process."""
    root = tmp_path_factory.mktemp("audit")
    folder = write_scenery(
        root / "photos & <b>pictures</b>", {"fire": 24, "misc": 24, "[red]x": 24}
    )
    shutil.copy(folder / "fire" / "003.jpg", folder / "misc" / "again.jpg")
    shutil.copy(folder / "fire" / "004.jpg", folder / "fire" / "<i>twin.jpg")
    scenery(7).resize((100, 80)).save(folder / "fire" / "near.png")
    (folder / "fire" / "bad\tname.jpg").write_bytes(b"no picture")
    before = contents(folder)
    finished = emberwatch(
        *("audit", folder, "--no-labels-check", "--bottleneck-dir", root / "cache"),
        *("--html", root / "a.html", "--json", root / "a.json", "--fix-list", root / "fix.tsv"),
    )
    return folder, before, root, finished


def contents(folder) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_findings_are_no_failure(audited):
    *_, finished = audited
    assert finished.returncode == 0, finished.stderr
    assert "1 picture in two classes at once" in finished.stdout
    assert "1 file cannot be read" in finished.stdout
    assert "[red]x" in finished.stdout


def test_a_fix_list_changes_nothing_on_disk(audited):
    folder, before, root, _ = audited
    assert contents(folder) == before
    lines = (root / "fix.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "file\treason"
    files = [line.split("\t")[0] for line in lines[1:]]
    assert {"fire/003.jpg", "misc/again.jpg", "fire/<i>twin.jpg"} <= set(files)


def test_the_page_names_no_outside_resource_and_has_no_script(audited):
    _, _, root, _ = audited
    page = (root / "a.html").read_text(encoding="utf-8")
    addresses = re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]*)""", page)
    assert addresses
    assert all(address.startswith(("data:image/jpeg;base64,", "#")) for address in addresses)
    assert not re.search(r"<script|<link|<iframe|@import|url\(|https?://", page)


def test_file_names_are_text_on_the_page(audited):
    _, _, root, _ = audited
    page = (root / "a.html").read_text(encoding="utf-8")
    assert "&lt;i&gt;twin.jpg" in page
    assert "<i>twin" not in page


def test_the_file_holds_what_the_table_says(audited):
    _, _, root, _ = audited
    data = json.loads((root / "a.json").read_text(encoding="utf-8"))
    assert data["pictures"] == 75
    named = {one["name"]: one for one in data["findings"]}
    assert named["exact_duplicates"]["exhibits"][0]["file"] == "fire/<i>twin.jpg"
    assert named["near_duplicates"]["exhibits"][0]["beside"] == "fire/near.png"
    assert set(data["classes"]) == {"fire", "misc", "[red]x"}


def test_json_to_the_terminal_is_nothing_but_json(audited):
    folder, _, root, _ = audited
    finished = emberwatch(
        *("audit", folder, "--no-labels-check", "--bottleneck-dir", root / "cache", "--json", "-")
    )
    assert json.loads(finished.stdout)["dataset"] == folder.name


def test_a_missing_folder_is_one_clear_line(tmp_path):
    finished = emberwatch("audit", tmp_path / "nowhere", "--bottleneck-dir", tmp_path / "c")
    assert_one_clear_line(finished, 2, "there is no folder", "nowhere")


def test_groups_of_another_dataset_are_one_clear_line(audited, tmp_path):
    folder, *_ = audited
    table = tmp_path / "groups.tsv"
    table.write_text("file\tgroup\nother/1.jpg\troom\n")
    finished = emberwatch(
        *("audit", folder, "--groups", table, "--bottleneck-dir", tmp_path / "c"),
        "--no-labels-check",
    )
    assert_one_clear_line(finished, 2, "no picture of", "groups.tsv")


def test_a_run_that_is_none_is_one_clear_line(audited, tmp_path):
    folder, *_ = audited
    finished = emberwatch("audit", folder, "--split", tmp_path, "--bottleneck-dir", tmp_path / "c")
    assert_one_clear_line(finished, 2, "no finished training run")
