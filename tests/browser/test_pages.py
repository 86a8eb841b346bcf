"""The pages in a real browser, on a phone and on a desk."""

import shutil
from pathlib import Path

import pytest

from converter.benchmark.report import write_report as write_benchmark
from converter.trained_model import TrainedModel
from tests.browser.chromium import Chromium, Visit
from tests.converter.benchmark.whole import whole_benchmark, whole_pictures, without_reference
from training.compare.comparison import Comparison
from training.compare.page import write_page
from training.report.page import write_report

PHONE, DESK = 360, 1200
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])


@pytest.fixture(scope="module")
def report(whole_run: TrainedModel) -> Path:
    return write_report(whole_run)


@pytest.fixture(scope="module")
def comparison(whole_run: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    other = folder / "the same run under a name that is rather long for a phone"
    shutil.copytree(whole_run.folder, other)
    write_page(Comparison.read([whole_run.folder, other]), folder / "compare.html")
    return folder / "compare.html"


def assert_sound(visit: Visit, page: Path, width: int) -> None:
    """Hold what any page of ours must keep."""
    outside = [address for address in visit.requests if not address.startswith("data:image/")]
    assert outside == [page.as_uri()]
    assert visit.complaints == []
    seen = visit.measured
    assert seen["innerWidth"] == width
    assert seen["scrollWidth"] <= width
    assert seen["wide"] == []
    assert seen["broken"] == 0
    assert seen["emptyPlots"] == 0
    assert seen["deadLinks"] == []


def picture_of(folder: Path | None, name: str, width: int) -> Path | None:
    return folder / f"{name}-{width}.png" if folder else None


@WIDTHS
def test_the_report_is_sound(
    browser: Chromium, report: Path, width: int, pictures: Path | None
) -> None:
    visit = browser.visit(report, width, picture_of(pictures, "report", width))
    assert_sound(visit, report, width)
    assert visit.measured["images"] >= 2
    assert visit.measured["plots"] >= 7
    for words in ("In short", "flatters", "honest", "set the threshold at", "haze", "--seed 3"):
        assert words in visit.measured["text"]


@WIDTHS
@pytest.mark.parametrize("kind", ["run", "foreign"])
def test_the_benchmark_is_sound(
    browser: Chromium, tmp_path: Path, width: int, kind: str, pictures: Path | None
) -> None:
    shown = whole_pictures(tmp_path)
    found = whole_benchmark(shown)
    if kind == "foreign":
        found = without_reference(found)
    page = write_benchmark(found, shown, "a data set with a rather long name", tmp_path)
    visit = browser.visit(page, width, picture_of(pictures, f"benchmark-{kind}", width))
    assert_sound(visit, page, width)
    assert visit.measured["plots"] == (3 if kind == "run" else 2)
    assert visit.measured["images"] >= (16 if kind == "run" else 0)
    for words in ("Pareto", "Speed and memory", "busy", "AVERAGE_POOL_2D"):
        assert words in visit.measured["text"]
    assert ("no result" in visit.measured["text"]) == (kind == "run")


@WIDTHS
def test_the_comparison_is_sound(
    browser: Chromium, comparison: Path, width: int, pictures: Path | None
) -> None:
    visit = browser.visit(comparison, width, picture_of(pictures, "compare", width))
    assert_sound(visit, comparison, width)
    assert visit.measured["plots"] >= 2
    assert "the same 48 pictures" in visit.measured["text"]


def test_a_page_that_asks_for_something_is_caught(browser: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "leaky.html"
    page.write_text(
        '<!doctype html><meta name="viewport" content="width=device-width">'
        '<img src="http://example.org/pixel.png"><p style="width: 500px">wide</p>'
        '<a href="#nowhere">x</a><script>console.error("a complaint")</script>'
    )
    visit = browser.visit(page, PHONE)
    assert "http://example.org/pixel.png" in visit.requests
    assert any("a complaint" in text for text in visit.complaints)
    assert visit.measured["broken"] == 1
    assert visit.measured["scrollWidth"] > PHONE
    assert visit.measured["deadLinks"] == ["#nowhere"]
