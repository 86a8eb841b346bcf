"""Quantizer: a float TFLite model into integers, layer by layer. Google's ai-edge-quantizer."""

import re
import warnings
from typing import Any

import numpy as np

from converter.activations import Ranges
from converter.pixel_input import with_pixel_input
from converter.recipes import Recipe
from edge.contract.errors import EmberwatchError, InputError, MissingPackage, ModelError
from edge.inference.native_output import NativeOutput

BITS = {"int8": 8, "int16": 16}
# Operators between a layer in integers and one in float, which the quantizer puts in.
BETWEEN = ("QUANTIZE", "DEQUANTIZE")


def quantise(float_model: bytes, recipe: Recipe, ranges: Ranges) -> bytes:
    """Return a float TFLite model in integers, but for the layers that the recipe keeps.

    `float_model` takes float32 pixels; what comes back takes them as uint8, scale 1 and zero
    point 0, and gives float32 scores and class map. Weights are symmetric per channel in 8
    bits, activations per tensor in `recipe.activations`. The same input gives the same bytes.

    Raises:
        MissingPackage: ai-edge-quantizer is not installed.
        InputError: the recipe keeps a layer in float that this model does not have.
        ModelError: a layer cannot be quantised, or the quantizer failed.
    """
    kept = kept_layers(float_model, recipe)
    with NativeOutput() as printed:
        try:
            data = _quantise(float_model, BITS[recipe.activations], kept, ranges)
        except EmberwatchError:
            raise
        except ImportError as error:
            raise MissingPackage(
                "ai-edge-quantizer is not installed here",
                found=error,
                next_step="pip install ai-edge-quantizer, or convert with --recipe int8",
            ) from error
        except Exception as error:  # it raises what it likes
            reason = (str(error) or printed.last_line()).strip().splitlines() or ["no reason"]
            raise ModelError(
                f"ai-edge-quantizer could not convert the model to {recipe.name}", found=reason[0]
            ) from error
    _check_quantised(data, recipe, kept)
    return with_pixel_input(data)


def layer_names(float_model: bytes) -> tuple[str, ...]:
    """Return the names of a model's operators' outputs, in the order in which they run."""
    graph = _read(float_model).subgraphs[0]
    return tuple(_name(graph, index) for operator in graph.operators for index in operator.outputs)


def kept_layers(float_model: bytes, recipe: Recipe) -> frozenset[str]:
    """Return the names of the layers that stay in float: those named, and all after `float_from`.

    Raises:
        InputError: an expression finds no layer, or there is no `float_from`.
    """
    names = layer_names(float_model)
    kept = set()
    for expression in recipe.float_layers:
        found = {name for name in names if re.search(expression, name)}
        if not found:
            raise InputError(
                f"the recipe {recipe.name} keeps a layer in float that is not in this model",
                found=expression,
                expected="a recipe that was made for this network",
                next_step="run emberwatch rescue on this run",
            )
        kept |= found
    if recipe.float_from:
        kept |= _from(float_model, recipe.float_from)
    return frozenset(kept)


def _from(float_model: bytes, output: str) -> set[str]:
    """Return the layer that makes a named output of the signature, and those that depend on it."""
    model = _read(float_model)
    graph = model.subgraphs[0]
    reached = {
        int(entry.tensorIndex)
        for signature in model.signatureDefs or []
        for entry in signature.outputs
        if entry.name.decode() == output
    }
    if not reached:
        raise InputError("the model has no such output", found=output)
    for operator in graph.operators:
        if reached & {int(index) for index in operator.inputs}:
            reached |= {int(index) for index in operator.outputs}
    return {_name(graph, index) for index in reached}


def _quantise(float_model: bytes, bits: int, kept: frozenset[str], ranges: Ranges) -> bytes:
    from ai_edge_quantizer import qtyping, quantizer

    every = qtyping.TFLOperationName.ALL_SUPPORTED
    writer = quantizer.Quantizer(float_model)
    writer.add_static_config(".*", every, bits, 8)
    # Scores and class map come out in float: nothing is lost there a second time.
    nothing = {"algorithm_key": quantizer.AlgorithmName.NO_QUANTIZE}
    writer.update_quantization_recipe(".*", qtyping.TFLOperationName.OUTPUT, **nothing)
    if kept:
        # An operator's scope is its outputs' names, each with a semicolon behind it.
        scope = "|".join(re.escape(name) for name in sorted(kept))
        writer.update_quantization_recipe(f"^(?:{scope});$", every, **nothing)
    values = {
        name: {"min": np.full((1, 1, 1, 1), low), "max": np.full((1, 1, 1, 1), high)}
        for name, (low, high) in ranges.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its interpreter, that keeping tensors takes memory
        result = writer.quantize(values, enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)


def _check_quantised(data: bytes, recipe: Recipe, kept: frozenset[str]) -> None:
    """Make sure that no layer stayed in float unasked: the quantizer passes by what it cannot."""
    from ai_edge_litert import schema_py_generated as schema

    model = _read(data)
    graph = model.subgraphs[0]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        kind = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        output = graph.tensors[operator.outputs[0]]
        name = output.name.decode()
        in_float = output.type == schema.TensorType.FLOAT32
        if kind not in BETWEEN and in_float and name not in kept:
            raise ModelError(
                f"a layer has no form in integers for {recipe.name}",
                found=f"{kind} {name}",
                next_step="keep it in float (float_layers of a recipe), or use --recipe int8",
            )


def _read(model: bytes) -> Any:
    from ai_edge_litert.tools import flatbuffer_utils

    return flatbuffer_utils.read_model_from_bytearray(bytearray(model))


def _name(graph: Any, index: int) -> str:
    return str(graph.tensors[index].name.decode())
