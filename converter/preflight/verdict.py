"""Verdict: what a target will do with a model, said before the target has to find out."""

from dataclasses import dataclass
from typing import Literal

from converter.preflight.arena import arena_bytes
from converter.preflight.flatbuffer import is_newer
from converter.preflight.model_graph import CUSTOM, ModelGraph, OperatorCode, use_of
from converter.preflight.profile import RUNS, Profile
from converter.recipes import RECIPES, Recipe
from edge.contract.errors import ModelRefused

# What a target does: it refuses to load, it loads and dies or errs, or it runs, but is not
# the right place for such a model.
Effect = Literal["refuses", "crashes", "fails", "wrong", "advised against"]
EFFECTS: dict[str, Effect] = {
    "refused": "refuses",
    "crashed": "crashes",
    "hung": "fails",
    "failed": "fails",
    "wrong": "wrong",
}
# The share of a board's memory that may be used: the rest is for the system and the camera.
MEMORY_SHARE = 0.75
MEMORY = "memory (an estimate)"
FORCE = "--force keeps it all the same"


@dataclass(frozen=True)
class Finding:
    """One thing that stands against a model on a target."""

    effect: Effect
    what: str
    why: str

    @property
    def blocks(self) -> bool:
        """Say whether the model does not run there."""
        return self.effect != "advised against"


@dataclass(frozen=True)
class Verdict:
    """A model held against a target.

    `instead` names the recipe whose models run there, None where nothing stands against this
    one. `needed_mb` is an estimate (`memory_mb` has what is in it). `tried` says what happened
    when the model was run there; empty where it was not.
    """

    target: str
    title: str
    runtime: str
    findings: tuple[Finding, ...]
    needed_mb: float
    memory_mb: int
    instead: str | None = None
    tried: str = ""

    @property
    def passes(self) -> bool:
        """Say whether the model runs on the target."""
        return not any(finding.blocks for finding in self.findings)

    @property
    def word(self) -> str:
        """Return the verdict in a word or two."""
        blocking = [finding.effect for finding in self.findings if finding.blocks]
        return blocking[0] if blocking else "advised against" if self.findings else RUNS

    def refusal(self, model: str) -> ModelRefused:
        """Return the findings as an error."""
        first = self.findings[0]
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        step = f"use --recipe {self.instead}" if self.instead else "use another runtime on the Pi"
        if first.what == MEMORY:
            step = "use a smaller model, or a board with more memory"
        if self.passes:
            step += f"; {FORCE}"
        return ModelRefused(
            f"{self.runtime} ({self.target}) {_VERBS[first.effect]} {model}",
            found=f"{first.what}: {first.why}{more}",
            next_step=step,
        )


_VERBS: dict[Effect, str] = {
    "refuses": "refuses",
    "crashes": "crashes on",
    "fails": "cannot run",
    "wrong": "gives wrong answers for",
    "advised against": "is not the place for",
}


def judge(graph: ModelGraph, profile: Profile, recipe: Recipe | None = None) -> Verdict:
    """Hold a model against a target; `recipe`, if known, is that by which it was made."""
    findings = [
        *_operators(graph, profile),
        *_types(graph, profile),
        *_rules(graph, profile),
        *_memory(graph, profile),
        *(recipe_findings(recipe, profile) if recipe else ()),
        *_age(graph, profile),
    ]
    findings = sorted(dict.fromkeys(findings), key=lambda finding: not finding.blocks)
    return Verdict(
        target=profile.name,
        title=profile.target.title,
        runtime=profile.runtime,
        findings=tuple(findings),
        needed_mb=round(memory_mb(graph, profile), 1),
        memory_mb=profile.target.memory_mb,
        instead=_instead(profile, recipe) if {one.what for one in findings} - {MEMORY} else None,
    )


def judge_recipe(recipe: Recipe, profile: Profile) -> Verdict:
    """Say what a recipe alone decides on a target, before anything is converted."""
    findings = tuple(recipe_findings(recipe, profile))
    return Verdict(
        target=profile.name,
        title=profile.target.title,
        runtime=profile.runtime,
        findings=findings,
        needed_mb=0.0,
        memory_mb=profile.target.memory_mb,
        instead=_instead(profile, recipe) if findings else None,
    )


def memory_mb(graph: ModelGraph, profile: Profile) -> float:
    """Estimate the memory that a model needs on a target, in MB of 10^6 bytes.

    The runtime alone as it was measured, the file, its weights once more as kernels and
    delegates pack them for themselves, and the arena.
    """
    return profile.resident_mb + (2 * graph.size_bytes + arena_bytes(graph)) / 1e6


def recipe_findings(recipe: Recipe, profile: Profile) -> list[Finding]:
    """Return what stands against a recipe's models on a target.

    TensorFlow 2.21 writes `dynamic` for newer runtimes: a dense layer becomes FULLY_CONNECTED
    version 12, which `tflite-runtime` 2.14 does not know. Our head is a convolution, so our
    models do load there; but 2.14's XNNPACK takes no convolution of 8-bit weights and float
    activations, and on x86-64 Inception v3 then takes 2.5 times as long as by `float32`
    (docs/decisions/dynamic-range.md).
    """
    tried = (profile.recipes or {}).get(recipe.name)
    if tried and tried.result != RUNS:
        why = f"a small network by it: {tried.reason or tried.result}"
        return [Finding(EFFECTS[tried.result], f"recipe {recipe.name}", why)]
    if recipe.name == "dynamic" and profile.target.runtime == "tflite-runtime":
        why = (
            "written for newer runtimes (a dense layer as FULLY_CONNECTED version 12, unknown "
            "to this one); a model without one runs outside XNNPACK, slower than float32"
        )
        return [Finding("advised against", f"recipe {recipe.name}", why)]
    return []


def _operators(graph: ModelGraph, profile: Profile) -> list[Finding]:
    used = graph.counts
    findings = []
    for code in dict.fromkeys(graph.codes):
        # A runtime looks up every built-in operator of the list, a custom one when it is used.
        if code.name == CUSTOM:
            why = _custom(code, profile) if code in used else ""
        else:
            why = _builtin(code, profile)
        if why:
            findings.append(Finding("refuses", f"{code.title} version {code.version}", why))
    return findings


def _builtin(code: OperatorCode, profile: Profile) -> str:
    highest = profile.operators.get(code.name)
    lowest = profile.since.get(code.name, 1)
    if highest is None:
        return f"{profile.runtime} does not know this operator"
    if code.version > highest:
        return f"{profile.runtime} knows it up to version {highest}"
    return f"{profile.runtime} knows it from version {lowest}" if code.version < lowest else ""


def _custom(code: OperatorCode, profile: Profile) -> str:
    if code.custom in profile.custom:
        return ""
    if code.flex:
        return f"a TensorFlow operator: it needs the Flex delegate, which {profile.runtime} lacks"
    return f"a custom operator that {profile.runtime} does not bring along"


def _types(graph: ModelGraph, profile: Profile) -> list[Finding]:
    return [
        Finding("refuses", f"tensors of {dtype}", f"{profile.runtime} has no such type")
        for dtype in graph.dtypes
        if dtype not in profile.dtypes
    ]


def _rules(graph: ModelGraph, profile: Profile) -> list[Finding]:
    findings = []
    for subgraph in graph.subgraphs:
        for use in dict.fromkeys(use_of(subgraph, node) for node in subgraph.nodes):
            for rule in profile.rules:
                if rule.holds(use):
                    what = (
                        f"{use.form} {use.operator} of {use.inputs} inputs, {use.outputs} outputs"
                    )
                    why = f"{rule.reason or rule.result} in small models of {rule.words()}"
                    findings.append(Finding(EFFECTS[rule.result], what, why))
    return findings


def _memory(graph: ModelGraph, profile: Profile) -> list[Finding]:
    needed, there = memory_mb(graph, profile), profile.target.memory_mb
    if needed <= MEMORY_SHARE * there:
        return []
    why = f"about {needed:.0f} MB of {there} MB; at most {MEMORY_SHARE:.0%} is left to a model"
    return [Finding("fails", MEMORY, why)]


def _age(graph: ModelGraph, profile: Profile) -> list[Finding]:
    """Advise against a model that asks, by its own words, for a newer runtime than there is.

    A runtime may load such a file as long as it knows each operator version, and give wrong
    answers where a later release changed what one means.
    """
    # LiteRT counts anew from 1; all its releases came after TensorFlow Lite 2.17.
    counts_anew = profile.target.runtime == "ai-edge-litert"
    if counts_anew or not is_newer(graph.min_runtime_version, profile.runtime_version):
        return []
    why = f"the file asks for a newer runtime than {profile.runtime}"
    return [Finding("advised against", f"min_runtime_version {graph.min_runtime_version}", why)]


def _instead(profile: Profile, recipe: Recipe | None) -> str | None:
    """Return the first recipe whose models run on a target and are not advised against."""
    for other in RECIPES.values():
        unlike = recipe is None or other.name != recipe.name
        if unlike and profile.runs_recipe(other.name) and not recipe_findings(other, profile):
            return other.name
    return None
