"""Block: a stretch of a network that ends where all its paths meet in one tensor."""

from dataclasses import dataclass
from typing import Any

from edge.contract.errors import InputError


@dataclass(frozen=True)
class Parts:
    """A network in two: pixels to a feature map, and that map to the network's output.

    `boundary` is the layer where the first ends. Both share their weights with the whole.
    """

    boundary: str
    frozen: Any
    tail: Any


def block_ends(model: Any) -> list[str]:
    """Return the layers that end a block, from the input on: Inception's mixed0, mixed1...

    A block ends in a layer that joins several paths (a concatenation or a sum) and that
    everything after it goes through. The network's last layer ends the last block.
    """
    layers = list(model.layers)
    maker = {id(layer.output): at for at, layer in enumerate(layers)}
    takes = [
        [maker[id(tensor)] for tensor in _inputs(layer) if id(tensor) in maker] for layer in layers
    ]
    last_taker = list(range(len(layers)))
    for at, sources in enumerate(takes):
        for source in sources:
            last_taker[source] = max(last_taker[source], at)
    ends = []
    open_until = 0
    for at, layer in enumerate(layers):
        alone = open_until <= at
        open_until = max(open_until, last_taker[at])
        joins = len(takes[at]) > 1
        if alone and (joins or at == len(layers) - 1):
            ends.append(layer.name)
    return ends


def part(model: Any, blocks: int) -> Parts:
    """Part a network before its last `blocks` blocks.

    Raises:
        InputError: it has not so many blocks, or fewer than one is asked for.
    """
    import keras

    ends = block_ends(model)
    if not 1 <= blocks < len(ends):
        raise InputError(
            f"cannot fine-tune {blocks} blocks of this backbone",
            found=f"{len(ends)} blocks, ending at {', '.join(ends)}",
            expected=f"1 to {len(ends) - 1}",
        )
    boundary = ends[-1 - blocks]
    middle = model.get_layer(boundary).output
    return Parts(
        boundary=boundary,
        frozen=keras.Model(model.input, middle, name="frozen"),
        tail=keras.Model(middle, model.output, name="tail"),
    )


def _inputs(layer: Any) -> list[Any]:
    """Return the tensors that a layer takes; an input layer takes none of ours."""
    given = layer.input
    return list(given) if isinstance(given, list | tuple) else [given]
