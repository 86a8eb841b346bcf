"""Layers: what must be in float with a tensor, and the search for those that cost most."""

import pytest

from converter.keras_model import KerasModel
from converter.rescue.layers import Layer, costly_runs, layers_of
from converter.trained_model import TrainedModel

LAYERS = [Layer(f"layer{number}", frozenset({f"layer{number}"})) for number in range(50)]


def culprits(*numbers: int, each: float = 0.1):
    """Return a drift that goes away as these layers are kept in float, and who asked for it."""
    asked: list[frozenset[str]] = []

    def drift(operators: frozenset[str]) -> float:
        asked.append(operators)
        return each * sum(f"layer{number}" not in operators for number in numbers)

    return drift, asked


@pytest.mark.parametrize("number", [0, 23, 49])
def test_a_single_culprit_is_found_wherever_it_is(number: int) -> None:
    drift, _ = culprits(number)
    runs = costly_runs(LAYERS, drift, probes=40, wanted=1)
    assert [layer.name for layer in runs[0].layers] == [f"layer{number}"]
    assert runs[0].saved == pytest.approx(0.1)


def test_two_culprits_are_both_found() -> None:
    drift, _ = culprits(3, 41)
    runs = costly_runs(LAYERS, drift, probes=60, wanted=2)
    assert {run.layers[0].name for run in runs[:2]} == {"layer3", "layer41"}


def test_no_more_probes_are_made_than_allowed() -> None:
    drift, asked = culprits(*range(50), each=0.01)
    costly_runs(LAYERS, drift, probes=25, wanted=50)
    assert len(asked) <= 25 + 1  # the first one asks for the drift as it is


def test_nothing_is_found_where_nothing_is_lost() -> None:
    drift, asked = culprits()
    assert costly_runs(LAYERS, drift, probes=40, wanted=3) == []
    assert len(asked) < 10


def test_a_tensor_takes_all_with_it_until_its_channels_are_mixed(trained: TrainedModel) -> None:
    layers = layers_of(KerasModel(trained).to_float_file())
    first = layers[0]
    # The first convolution, its pool, the average of it, and the three convolutions behind.
    assert len(first.operators) == 6
    assert sum("Pool" in name for name in first.operators) == 2
    last = layers[-1]
    assert last.operators == {last.name}
