"""Whole commands: a retrain with a warm cache, a conversion."""

from time import perf_counter

from tests.benchmarks.material import Material, emberwatch
from tests.benchmarks.measurement import Measurement


def measure(material: Material) -> list[Measurement]:
    """Retrain twice and convert once, as a user does; leaves a bundle for what follows."""
    count = len(list(material.pictures.glob("*/*.jpg")))
    cold, warm = (_seconds(material, "retrain") for _ in range(2))
    convert = _seconds(material, "convert")
    emberwatch("benchmark", material.run, "--recipes", "int8")
    emberwatch("package", material.run, "--out", material.bundle, "--max-drop", 100)
    return [
        Measurement(
            "warm_retrain_seconds",
            warm,
            cold,
            round(cold / warm, 3),
            "s",
            f"emberwatch retrain, {count} {material.kind} pictures, 4000 steps, start included: "
            "warm cache beside an empty one",
        ),
        Measurement(
            "convert_seconds",
            convert,
            None,
            None,
            "s",
            "emberwatch convert, Inception v3 to mixed8, int8, default calibration set",
        ),
    ]


def _seconds(material: Material, command: str) -> float:
    started = perf_counter()
    if command == "retrain":
        emberwatch(
            *("retrain", material.pictures, "--groups", material.groups),
            *("--weights", material.weights, "--out", material.run),
            *("--bottleneck-dir", material.folder / "cache"),
        )
    else:
        emberwatch(command, material.run)
    return round(perf_counter() - started, 2)
