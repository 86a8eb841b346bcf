import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from converter.trained_model import SplitRow
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess
from tests.training.pictures import write_dataset
from training import dataset, sweep
from training.bottleneck_cache import BottleneckCache
from training.distorted import DISTORTIONS, Distorted
from training.narrator import Narrator
from training.probe import probe, sample
from training.sweep import PLANS, Plan

ROOT = Path(__file__).resolve().parents[2]
SIZE = Preprocess(32, 32)
# In the order of their names: fire, misc, smoke.
FIRE, MISC, SMOKE = 0, 1, 2


class Colours:
    """A network whose features are the mean colour: red, blue, and how grey it is."""

    digest = words = "colours"

    def __init__(self):
        self.batches = 0

    def open(self):
        def network(pixels):
            self.batches += 1
            red, green, blue = np.moveaxis(pixels.astype(np.float32).mean(axis=(1, 2)), 1, 0)
            pale = np.minimum(np.minimum(red, green), blue)
            return np.stack([red - blue, blue - red, pale], axis=1) / 30

        return network


def by_colour(features):
    """Call reddish pictures fire, bluish ones misc, pale ones smoke: a model with the fault."""
    logits = np.stack([features[:, 0], features[:, 1], features[:, 2]], axis=1)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def pictures(tmp_path):
    return write_dataset(tmp_path / "pictures", per_class=4)


def rows_of(folder):
    found = dataset.scan(folder, None, lambda _done, _of: None)
    rows = [SplitRow(s.file, s.label, s.group, s.sha256, "testing") for s in found.samples]
    return rows, found.labels


def run(folder, cache_folder, source, negative="misc", plans=PLANS, scores=by_colour):
    rows, labels = rows_of(folder)
    with BottleneckCache(cache_folder, SIZE.digest, source.digest) as cache:
        return probe(rows, folder, labels, negative, source, SIZE, cache, scores, Narrator(), plans)


def test_a_model_that_takes_white_for_smoke_is_found_out(pictures, tmp_path):
    found = run(pictures, tmp_path / "cache", Colours())
    whitening = next(s for s in found.sweeps if s.name == "whitening")
    assert whitening.normal_score["smoke"][0] < 0.1
    assert whitening.normal_score["smoke"][-1] > 0.9
    assert whitening.recall["misc"][-1] == 0
    assert whitening.false_alarm["smoke"] == [0, *whitening.false_alarm["smoke"][1:-1], 1]
    assert any(
        "smoke rises by 0.9" in line and "normal picture is whitened" in line
        for line in found.lines
    ), found.lines


def test_a_model_that_nothing_moves_is_said_to_be_so(pictures, tmp_path):
    def always_right_by_chance(features):
        return np.tile(np.float32([0.2, 0.5, 0.3]), (len(features), 1))

    found = run(pictures, tmp_path / "cache", Colours(), scores=always_right_by_chance)
    assert found.lines == ("nothing moves by more than 0.05",)


def test_the_json_is_what_the_report_reads(pictures, tmp_path):
    found = run(pictures, tmp_path / "cache", Colours()).to_json()
    assert json.loads(json.dumps(found)) == found
    assert set(found) == {"labels", "pictures", "sweeps", "lines"}
    assert found["pictures"] == {"fire": 4, "misc": 4, "smoke": 4}
    for one in found["sweeps"]:
        assert set(one) == {
            *("name", "unit", "amounts", "recall", "false_alarm", "normal_score"),
        }
        assert one["amounts"][0] == 0
        assert one["amounts"] == sorted(one["amounts"])
        for shares in (one["recall"], one["false_alarm"], one["normal_score"]):
            assert list(shares) == found["labels"]
            assert all(len(values) == len(one["amounts"]) for values in shares.values())


def test_every_sweep_has_its_distortion():
    assert {plan.name for plan in PLANS} == set(DISTORTIONS)


def test_a_second_run_computes_nothing(pictures, tmp_path):
    source = Colours()
    first = run(pictures, tmp_path / "cache", source)
    assert source.batches
    source.batches = 0
    assert run(pictures, tmp_path / "cache", source) == first
    assert source.batches == 0


def test_at_most_forty_of_a_class_and_the_same_whatever_their_order():
    rows = [SplitRow(f"{i}", "fire", f"{i}", f"{i:064}", "testing") for i in range(60)]
    rows += [SplitRow("m", "misc", "m", "f" * 64, "testing")]
    chosen = sample(rows, 40)
    assert [row.label for row in chosen].count("fire") == 40
    assert [row.label for row in chosen].count("misc") == 1
    assert sample(rows[::-1], 40) == chosen


def test_a_picture_that_is_there_twice_counts_once():
    rows = [SplitRow(name, "fire", name, "a" * 64, "testing") for name in ("one", "two")]
    assert len(sample(rows, 40)) == 1


def test_without_a_test_part_there_is_no_probe(pictures, tmp_path):
    with BottleneckCache(tmp_path / "cache", SIZE.digest, "colours") as cache:
        found = probe(
            *([], pictures, Labels(("fire", "misc")), "misc", Colours(), SIZE, cache),
            *(by_colour, Narrator()),
        )
    assert found is None


def test_classes_without_a_normal_one_are_judged_by_their_false_alarms(pictures, tmp_path):
    found = run(pictures, tmp_path / "cache", Colours(), negative="nothing of the kind")
    assert all(one.normal_score == {} for one in found.sweeps)
    assert any("called smoke 100 points more often when whitened" in x for x in found.lines)


def test_worst_comes_first_and_says_its_amount():
    plan = Plan("fog", "share", (0.5, 1.0), "in fog", "{:.0%} thick")
    as_is = np.float32([[0.9, 0.1], [0.1, 0.9]])
    foggy = np.float32([[0.45, 0.55], [0.4, 0.6]])
    thick = np.float32([[0.7, 0.3], [0.35, 0.65]])
    made = sweep.measure(plan, [as_is, foggy, thick], np.array([0, 1]), ["smoke", "misc"], "misc")
    assert made.recall["smoke"] == [1, 0, 1]
    assert sweep.lines([made], [plan], "misc") == (
        "recall of smoke falls from 100% to 0% when its pictures are in fog (50% thick)",
        "smoke rises by 0.30 when a normal picture is in fog (50% thick)",
    )


def test_a_class_without_pictures_has_no_share_and_no_line():
    plan = Plan("fog", "share", (1.0,), "in fog", "{:.0%} thick")
    scores = [np.float32([[0.1, 0.9]])] * 2
    made = sweep.measure(plan, scores, np.array([1]), ["smoke", "misc"], "misc")
    assert made.recall["smoke"] == [None, None]
    assert sweep.lines([made], [plan], "misc") == ("nothing moves by more than 0.05",)


def test_what_whitening_does_is_said_though_other_things_do_worse():
    names = ["fog", "blur", "night", "grey", "warm", "cold", "whitening"]
    plans = [Plan(name, "share", (1.0,), f"in {name}", "{:.0%}") for name in names]
    before = np.float32([[0.1, 0.8, 0.1]])
    far, near = np.float32([[0.1, 0.1, 0.8]]), np.float32([[0.1, 0.7, 0.2]])
    made = [
        sweep.measure(
            plan,
            [before, near if plan.name == "whitening" else far],
            np.array([MISC]),
            ["fire", "misc", "smoke"],
            "misc",
        )
        for plan in plans
    ]
    said = sweep.lines(made, plans, "misc")
    assert said[-1] == "smoke rises by 0.10 when a normal picture is in whitening (100%)"
    assert sum("whitening" in line for line in said) == 1


def test_the_view_is_the_same_in_every_run_and_another_for_every_amount():
    picture = np.random.default_rng(0).integers(0, 256, (50, 40, 3), dtype=np.uint8)
    one = Distorted("night", 0.5)
    assert np.array_equal(one.tensor(picture, "a", SIZE), one.tensor(picture, "a", SIZE))
    assert one.key != Distorted("night", 0.6).key != Distorted("fog", 0.6).key


SLOW_PROBE = """
import sys, time
from tests.training.test_probe import Colours, run
from pathlib import Path

class Slow(Colours):
    def open(self):
        network = super().open()
        def slow(pixels):
            time.sleep(0.05)
            return network(pixels)
        return slow

run(Path(sys.argv[1]), Path(sys.argv[2]), Slow())
"""


def test_a_killed_probe_keeps_its_batches(pictures, tmp_path):
    cache = tmp_path / "cache"
    child = subprocess.Popen(
        [sys.executable, "-c", SLOW_PROBE, str(pictures), str(cache)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    while stored(cache) < 48:
        assert child.poll() is None, "it ended before it could be killed"
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    before = stored(cache)
    source = Colours()
    run(pictures, cache, source)
    views = 1 + sum(len(plan.amounts) for plan in PLANS)
    left = 12 * views - before
    assert source.batches == -(-left // 16)


def stored(cache):
    for path in cache.glob("*.sqlite"):
        try:
            with sqlite3.connect(path) as connection:
                return connection.execute("SELECT count(*) FROM bottlenecks").fetchone()[0]
        except sqlite3.OperationalError:
            return 0
    return 0
