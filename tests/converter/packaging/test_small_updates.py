"""Claims of small updates: a retrained head costs little, and what else it may cost."""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.packaging.golden_pictures import choose_golden_pictures
from converter.packaging.update_size import UpdateSize, patch, unpatch
from converter.pi_environment import PiEnvironment
from converter.predecessor import Predecessor
from converter.trained_model import TrainedModel
from edge.contract.bundle import ModelBundle
from tests.converter.packaging.conftest import sources

Like = tuple[Path, subprocess.CompletedProcess[str]]
MOST_OF_THE_MODEL = 0.005


def test_a_retrained_head_costs_less_than_half_a_percent_of_the_model(
    older_path: Path, like: Like
) -> None:
    old, new = ModelBundle.read(older_path), ModelBundle.read(like[0])
    assert new.model != old.model and len(new.model) > 900_000
    size = UpdateSize.measure(old, new)
    assert 0 < size.model_share < MOST_OF_THE_MODEL
    assert unpatch(old.model, patch(old.model, new.model)) == new.model
    # The whole bundle too: golden pictures, manifest, card.
    assert size.bundle_patch < MOST_OF_THE_MODEL * len(new.model) + 4096


def test_without_like_the_same_update_is_larger(
    older_path: Path, newer_path: Path, like: Like
) -> None:
    old = ModelBundle.read(older_path)
    alike = UpdateSize.measure(old, ModelBundle.read(like[0]))
    unlike = UpdateSize.measure(old, ModelBundle.read(newer_path))
    assert unlike.model_patch > 2 * alike.model_patch
    assert unlike.bundle_patch > 2 * alike.bundle_patch


def test_only_the_heads_tensors_differ_and_all_keep_their_order(
    older_path: Path, like: Like
) -> None:
    one, other = (_parsed(ModelBundle.read(path).model) for path in (older_path, like[0]))
    tensors = [graph.subgraphs[0].tensors for graph in (one, other)]
    assert [t.name for t in tensors[0]] == [t.name for t in tensors[1]]
    assert [t.buffer for t in tensors[0]] == [t.buffer for t in tensors[1]]
    buffers = zip(one.buffers, other.buffers, strict=True)
    changed = {at for at, pair in enumerate(buffers) if not np.array_equal(*_data(pair))}
    names = {t.name.decode() for t in tensors[1] if t.buffer in changed}
    # The head's weights and bias; the third is the metadata, which names another version.
    assert len(changed) == 3 and len(names) == 2
    assert all("class_map" in name for name in names)


def test_the_older_calibration_and_golden_pictures_are_taken_again(
    older_path: Path, like: Like, newer_path: Path
) -> None:
    old, new = ModelBundle.read(older_path), ModelBundle.read(like[0])
    plain = ModelBundle.read(newer_path)
    calibrations = [b.manifest.provenance["calibration"] for b in (old, new, plain)]
    assert calibrations[0]["hashes"] == calibrations[1]["hashes"] != calibrations[2]["hashes"]
    assert not sources(old) & sources(plain)
    assert len(sources(old) & sources(new)) >= 4
    golden = {name for name in new.files if name.startswith("golden/")}
    shared = set(old.files.values()) & {new.files[name] for name in golden}
    assert len(shared) == len(sources(old) & sources(new)) + 1  # and the chart


def test_the_command_says_what_it_took_over_and_what_an_update_costs(like: Like) -> None:
    done = like[1]
    assert "calibrating with the 20 pictures of older.ember" in done.stderr
    assert "an update from older.ember is" in done.stdout and "% of its size)" in done.stdout


def test_a_golden_picture_that_is_held_out_now_is_not_taken_again(
    older_path: Path, newer: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    older = Predecessor.read(older_path)
    held_out = {next(source for source in older.golden if source)}
    split = tuple(
        replace(row, part="testing") if row.sha256.startswith(tuple(held_out)) else row
        for row in newer.split
    )
    golden = _choose(replace(newer, split=split), older, pi, tmp_path)
    assert not held_out & set(golden.sources.values())
    assert set(older.golden) & set(golden.sources.values())


def test_a_golden_picture_of_other_pixels_is_not_taken_again(
    older_path: Path, newer: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    older = Predecessor.read(older_path)
    plain = _choose(newer, replace(older, golden={}), pi, tmp_path)
    taken = _choose(newer, older, pi, tmp_path)
    assert taken.files != plain.files
    other = {source: data + b"\0" for source, data in older.golden.items()}
    assert _choose(newer, replace(older, golden=other), pi, tmp_path) == plain


@pytest.mark.parametrize("size", [(0, 10), (1000, 0), (100_000, 100_000)])
def test_a_patch_gives_the_new_file_back(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    old, new = (rng.bytes(count) for count in size)
    assert unpatch(old, patch(old, new)) == new


def test_a_patch_reaches_the_far_end_of_the_old_file() -> None:
    old = np.random.default_rng(0).bytes(9_000_000)
    new = old[8_500_000:] + old[:500_000]
    assert len(patch(old, new)) < 10_000


def _choose(run: TrainedModel, older: Predecessor, pi: PiEnvironment, folder: Path):
    assert older.bundle is not None
    model = folder / "model.tflite"
    model.write_bytes(older.bundle.model)
    return choose_golden_pictures(run, model, pi, older.golden)


def _parsed(model: bytes):
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(model), 0))


def _data(pair) -> list[np.ndarray]:
    return [np.zeros(0) if buffer.data is None else np.asarray(buffer.data) for buffer in pair]
