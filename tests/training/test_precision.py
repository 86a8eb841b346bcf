import numpy as np
import pytest

from training.features import feature_function
from training.precision import resolve
from training.weights import choose_backbone


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("flags\t: fpu avx2 avx512f avx512_bf16", "bf16"),
        ("Features\t: fp asimd bf16", "bf16"),
        ("flags\t: fpu avx2 avx512f", "float32"),
        ("", "float32"),
    ],
)
def test_bf16_is_chosen_only_where_the_processor_has_it(tmp_path, flags, expected):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\n{flags}\n")
    assert resolve("auto", cpuinfo) == expected


def test_a_choice_is_never_overruled(tmp_path):
    assert resolve("bf16", tmp_path / "none") == "bf16"
    assert resolve("float32") == "float32"
    assert resolve("auto", tmp_path / "none") == "float32"


def test_features_in_bf16_are_near_those_in_float32_and_leave_other_graphs_alone():
    backbone = choose_backbone("starter", None)
    size = backbone.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (4, size, size, 3), dtype=np.uint8)
    exact = feature_function(backbone, "float32")
    before = exact(pixels)
    rounded = feature_function(backbone, "bf16")(pixels)
    cosine = (before * rounded).sum(1) / np.linalg.norm(before, axis=1)
    assert (cosine / np.linalg.norm(rounded, axis=1)).min() > 0.999
    assert exact(pixels).tobytes() == before.tobytes()
