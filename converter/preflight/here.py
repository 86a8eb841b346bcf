"""Here: the profile of a runtime that is installed on this machine, asked on the spot."""

import os
import platform
import sys
from pathlib import Path

from converter.pi_environment import NEIGHBOURS, PiEnvironment
from converter.preflight.profile import HERE, NAMES, Profile, RecipeTried, Target, is_shipped
from converter.preflight.runtime_child import Answer, RuntimeChild, Sample, local_child

# What a hostile model may cost: enough for any classifier on a slow machine.
SECONDS = 300
LIMITS = {"memory_bytes": 16 * 2**30, "cpu_seconds": 240, "wall_seconds": 240}


def here_child(environment: PiEnvironment) -> RuntimeChild:
    """Return the runtime of an environment of this machine.

    Raises:
        MissingPackage: it has none.
    """
    name = environment.runtime.partition(" ")[0]
    return local_child(environment.python, name, SECONDS, LIMITS)


def here_profile(environment: PiEnvironment) -> Profile:
    """Ask an environment's runtime for its operators; about a second.

    What kills it is not looked for by rule: a model is run there instead (`try_here`). A camera
    over ssh is not asked: it is one of the shipped targets.

    Raises:
        MissingPackage, MachineError: it has no runtime, or one that does not start.
    """
    if environment.shipped_target is not None:
        return Profile.read(environment.shipped_target)
    child = here_child(environment)
    operators = child.operators()
    return Profile(
        target=Target(
            HERE,
            f"installed here ({platform.machine()})",
            child.runtime,
            platform.machine(),
            os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 10**6,
        ),
        runtime_version=environment.runtime_version,
        operators=operators.highest,
        since=operators.since,
        custom=operators.custom,
        dtypes=operators.dtypes,
        resident_mb=operators.resident_mb,
        derived={"on": f"{environment.python}"},
        recipes=_recipes_of(child.runtime),
    )


def try_here(environment: PiEnvironment, model: bytes) -> Answer:
    """Load a model in an environment and run it on noise, in a process of its own."""
    return here_child(environment).run([Sample("model", model)])[0]


def load_profile(name: str, environment: PiEnvironment) -> Profile:
    """Return the profile of a target, `here` being the environment given.

    Raises:
        InputError: no target is called that.
        MachineError: `here` has no runtime that starts.
    """
    return here_profile(environment) if name == HERE else Profile.read(name)


def target_profile(name: str) -> Profile | None:
    """Return a shipped target's profile; None for `here`, whose environment is asked later.

    Raises:
        InputError: no target is called that.
    """
    return None if name == HERE else Profile.read(name)


def target_environment(name: str, given: Path | None = None) -> PiEnvironment:
    """Return the environment here in which models for a target are tried.

    The one given; else a neighbour with the target's own runtime; else the one found first.

    Raises:
        MissingPackage: there is none.
    """
    profile = target_profile(name)
    if profile is not None and given is None:
        for folder in NEIGHBOURS:
            python = Path(sys.prefix).parent / folder / "bin" / "python"
            if python.exists() and profile.target.runtime in PiEnvironment(python).runtime:
                return PiEnvironment(python)
    return PiEnvironment.find(given)


def _recipes_of(runtime: str) -> dict[str, RecipeTried]:
    """Return what a shipped profile of the same runtime knows of the recipes."""
    # While the profiles are derived, some are not there.
    for profile in (Profile.read(name) for name in NAMES if is_shipped(name)):
        if profile.target.runtime == runtime:
            return dict(profile.recipes or {})
    return {}
