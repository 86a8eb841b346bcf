"""Attacks on the reader of foreign files, and what it says of whole ones."""

import json
import struct
import subprocess
from pathlib import Path

import pytest

from converter.preflight.checked_table import MOST_TABLES, CheckedBytes
from converter.preflight.flatbuffer import (
    SUBGRAPHS,
    declaration,
    is_newer,
    operator_names,
    read_graph,
)
from converter.preflight.model_graph import use_of
from converter.preflight.profile import NAMES, Profile
from converter.preflight.template_model import template_model
from edge.contract.errors import ModelError
from tests.converter.preflight.fuzz import outcome
from tests.converter.preflight.mutations import FOREIGN, mutation, seed_files

DENSE_HEAD = (FOREIGN / "dense_head.tflite").read_bytes()


def test_a_file_that_is_truncated_anywhere_is_refused() -> None:
    for length in range(0, len(DENSE_HEAD) - 64, 7):
        try:
            read_graph(DENSE_HEAD[:length])
        except ModelError:
            continue
        # What was cut off was never pointed to: all that is said of the model is still there.
        assert length > len(DENSE_HEAD) // 2


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0" * 64, b"\xff" * 4096, b"PK\3\4" * 100])
def test_what_is_no_tflite_file_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match="not a TFLite model"):
        read_graph(content)


def test_a_root_outside_the_file_is_refused() -> None:
    for offset in (len(DENSE_HEAD), len(DENSE_HEAD) - 2, 0x7FFFFFFF, 0xFFFFFFFF):
        with pytest.raises(ModelError, match="damaged"):
            read_graph(struct.pack("<I", offset) + DENSE_HEAD[4:])


def test_a_vector_that_claims_more_than_the_file_has_is_refused() -> None:
    at = _vector_of_subgraphs(DENSE_HEAD)
    hostile = bytearray(DENSE_HEAD)
    for count in (2**32 - 1, 2**31, len(DENSE_HEAD)):
        struct.pack_into("<I", hostile, at, count)
        with pytest.raises(ModelError, match=f"a vector of {count} items"):
            read_graph(bytes(hostile))


def test_one_table_listed_a_million_times_is_refused() -> None:
    """A small file that a trusting reader would unpack into gigabytes."""
    count, whole = 2 * MOST_TABLES, bytearray(DENSE_HEAD)
    field = _place_of_subgraphs(DENSE_HEAD)
    new = len(whole) + (-len(whole)) % 4
    whole.extend(b"\0" * (new - len(whole)))
    # Offsets lead forwards only, so the table that they all name is copied behind them.
    begin = new + 4 + 4 * count
    whole += struct.pack("<I", count)
    for place in range(new + 4, begin, 4):
        whole += struct.pack("<I", begin + 4 - place)
    # An empty table: its vtable just before it.
    whole += struct.pack("<HHi", 4, 4, 4)
    struct.pack_into("<I", whole, field, new - field)
    with pytest.raises(ModelError, match="again and again"):
        read_graph(bytes(whole))


def test_a_tensor_that_is_not_there_is_refused() -> None:
    root = CheckedBytes(DENSE_HEAD).root()
    (graph,) = root.tables(SUBGRAPHS)
    inputs = graph.place(1)
    assert inputs is not None
    at = inputs + struct.unpack_from("<I", DENSE_HEAD, inputs)[0]
    for index in (-1, 99, 2**31 - 1):
        hostile = bytearray(DENSE_HEAD)
        struct.pack_into("<i", hostile, at + 4, index)
        with pytest.raises(ModelError, match="tensors .* of "):
            read_graph(bytes(hostile))


@pytest.mark.parametrize("part", range(4))
def test_damaged_files_are_read_or_refused_and_nothing_else(part: int) -> None:
    """The short one of `make fuzz`."""
    seeds, profiles = seed_files(), [Profile.read(name) for name in NAMES]
    said = [outcome(mutation(seeds, 7, n), profiles) for n in range(100 * part, 100 * part + 100)]
    assert set(said) == {"read", "refused"}


def test_a_whole_file_is_read_as_the_runtime_reads_it(edge_pythons: list[Path]) -> None:
    script = (
        "import sys, json\n"
        "from edge.inference.interpreter import Interpreter\n"
        "for path in sys.argv[1:]:\n"
        "    i = Interpreter(open(path, 'rb').read())\n"
        "    print(json.dumps([[s.shape, s.dtype, s.scale, s.zero_point]"
        " for s in (i.input, *i.outputs)]))"
    )
    paths = sorted(FOREIGN.glob("*.tflite"))
    done = subprocess.run(
        [edge_pythons[0], "-c", script, *paths], capture_output=True, text=True, check=True
    )
    for path, theirs in zip(paths, done.stdout.splitlines(), strict=True):
        said = declaration(path.read_bytes())
        ours = [
            [list(spec.shape), spec.dtype, spec.scale, spec.zero_point]
            for spec in (*said.inputs, *said.outputs)
        ]
        assert ours == json.loads(theirs)


def test_the_dense_head_is_seen_as_what_it_is() -> None:
    graph = read_graph(DENSE_HEAD).main
    (node,) = (node for node in graph.nodes if node.code.name == "FULLY_CONNECTED")
    use = use_of(graph, node)
    assert (use.form, use.bias, use.inputs, use.outputs) == ("int8 per-channel", False, 3, 3)


def test_the_template_is_read_back_with_the_number_that_was_written() -> None:
    template = template_model()
    for number, name in operator_names().items():
        model = bytearray(template.content)
        struct.pack_into("<b", model, template.byte_code_at, min(number, 127))
        struct.pack_into("<i", model, template.code_at, number)
        struct.pack_into("<i", model, template.version_at, 9)
        if number != 127:  # the place-holder for numbers that do not fit a byte
            (code,) = read_graph(bytes(model)).codes
            assert (code.name, code.version) == (name, 9)


def test_versions_are_compared_by_number() -> None:
    assert is_newer("2.17.0", "2.14.0") and is_newer("2.14.1", "2.14.0")
    assert not is_newer("2.9.0", "2.14.0") and not is_newer("", "2.14.0")


def _place_of_subgraphs(model: bytes) -> int:
    place = CheckedBytes(model).root().place(SUBGRAPHS)
    assert place is not None
    return place


def _vector_of_subgraphs(model: bytes) -> int:
    place = _place_of_subgraphs(model)
    return place + struct.unpack_from("<I", model, place)[0]
