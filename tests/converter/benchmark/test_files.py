"""Claims of what a benchmark writes: its CSV files, its table, its page."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.gallery import MOST_SHOWN
from converter.benchmark.pictures import TestPictures
from converter.benchmark.report import render, write_report
from converter.benchmark.spreadsheet import COLUMNS, FLIP_COLUMNS, write_tables
from converter.benchmark.table import show
from edge.contract.labels import Labels
from tests.converter.benchmark.whole import COUNT, LABELS, TFLITE, without_reference

LARGEST_PAGE = 400_000


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def printed(benchmark: Benchmark, styled: bool = False) -> str:
    out = io.StringIO()
    colours = "standard" if styled else None
    show(benchmark, Console(file=out, width=80, force_terminal=styled, color_system=colours))
    return out.getvalue()


def test_the_benchmark_survives_json(planted: Benchmark) -> None:
    assert Benchmark.from_json(json.loads(json.dumps(planted.to_json()))) == planted


def test_the_table_of_figures_has_a_row_for_every_setting(
    planted: Benchmark, tmp_path: Path
) -> None:
    rows = rows_of(write_tables(planted, tmp_path)[0])
    assert tuple(rows[0])[: len(COLUMNS)] == COLUMNS
    assert len(rows) == 1 + 3 * 2 * 2 + 1
    by_status = [row["status"] for row in rows]
    assert by_status.count("reference") == by_status.count("refused") == 1
    int8 = next(row for row in rows if row["model"] == "int8")
    assert (int8["lost"], int8["gained"], int8["partitions"]) == ("14", "2", "2")
    assert float(int8["drop_points"]) == pytest.approx(100 * 12 / COUNT, abs=1e-3)
    assert float(int8["recall_blaze"]) < 1
    assert rows[-1]["refused"] == "it asks for a newer runtime" and rows[-1]["accuracy"] == ""


def test_a_throttled_time_is_no_result_anywhere(
    planted: Benchmark, planted_pictures: TestPictures, tmp_path: Path
) -> None:
    rows = rows_of(write_tables(planted, tmp_path)[0])
    hot = [row for row in rows if row["throttled"] == "yes"]
    assert len(hot) == 2
    for row in hot:
        assert (row["status"], row["median_ms"], row["p95_ms"]) == ("throttled", "", "")
    _, measured = next(
        (name, one) for name, one in planted.rows if one.runtime == TFLITE and name == "float32"
    )
    assert measured.latency_ms is None
    text = printed(planted, styled=True)
    assert re.search(r"\x1b\[9m~61\.0~", text) and "no result" in text
    assert "~61.0~" in printed(planted)
    page = render(planted, planted_pictures, "planted")
    assert "<s>61.0" in page and "throttled (under-voltage): no result" in page
    # Nor is it drawn as one.
    assert "61.0 ms, 43.0 MB" not in page and "58.0 ms, 43.0 MB" in page


def test_every_flip_is_a_row_and_an_entry(planted: Benchmark, tmp_path: Path) -> None:
    rows = rows_of(write_tables(planted, tmp_path)[1])
    assert tuple(rows[0]) == FLIP_COLUMNS
    # 14 lost and 2 gained by int8, 1 lost by float16, in each of two runtimes.
    assert len(rows) == len(planted.flips) == 2 * (14 + 2 + 1)
    assert [row["kind"] for row in rows[:16]] == ["lost"] * 14 + ["gained"] * 2
    for row in rows:
        right = {"lost": row["reference_answer"], "gained": row["answer"]}[row["kind"]]
        assert right == row["truth"]


@pytest.mark.parametrize("kind", ["whole", "foreign"])
def test_the_terminals_tables_are_whole_at_80_columns(planted: Benchmark, kind: str) -> None:
    shown = planted if kind == "whole" else without_reference(planted)
    text = printed(shown)
    table = text[: text.index("on 2 cores")]
    assert "…" not in table
    assert max(len(line) for line in table.splitlines() if "─" in line) <= 80
    for words in ("recall", "threads", "peak", "busy", "it crashed", "1 that the run has"):
        assert words in text


def test_the_page_asks_nothing_of_anyone_and_weighs_little(
    planted: Benchmark, planted_pictures: TestPictures, tmp_path: Path
) -> None:
    path = write_report(planted, planted_pictures, "planted", tmp_path)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text and len(text) < LARGEST_PAGE
    addresses = re.findall(r"""(?:src|href)=["']([^"']*)|url\(([^)]*)\)""", text)
    assert [a or b for a, b in addresses if not (a or b).startswith(("data:", "#"))] == []
    assert text.count("<svg") == 3
    assert text.count("<figure>") == min(MOST_SHOWN, len({flip.file for flip in planted.flips}))
    for words in ("The loss is real", "AVERAGE_POOL_2D", "is beaten by", "McNemar", "busy"):
        assert words in text


def test_the_page_is_the_same_every_time(
    planted: Benchmark, planted_pictures: TestPictures
) -> None:
    first, second = (render(planted, planted_pictures, "planted") for _ in range(2))
    assert first == second


def test_a_page_without_a_reference_has_dashes(
    planted: Benchmark, planted_pictures: TestPictures
) -> None:
    text = render(without_reference(planted), planted_pictures, "theirs")
    assert "No reference to compare with" in text
    assert "What became of the scores" not in text and "Keras" not in text


def test_a_name_is_text_on_the_page_whatever_it_says(
    planted: Benchmark, planted_pictures: TestPictures
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    flips = tuple(replace(flip, answer=hostile) for flip in planted.flips[:2])
    labels = Labels((hostile, *LABELS.names[1:]))
    results = tuple(replace(one, recipe=hostile) for one in planted.results)
    spoilt = replace(planted, flips=flips, labels=labels, results=results, source=hostile)
    text = render(spoilt, planted_pictures, hostile)
    assert "<img src=x" not in text
