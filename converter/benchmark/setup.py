"""Setup: what all models of a benchmark share."""

from dataclasses import dataclass, field

from converter.benchmark.figure_store import FigureStore
from converter.benchmark.machine import Machine, busy_cores, usable_cores
from converter.benchmark.pictures import TestPictures
from converter.benchmark.timing_plan import TimingPlan
from converter.pi_environment import PiEnvironment
from converter.progress import Progress


@dataclass(frozen=True)
class Setup:
    """The pictures, the runtimes and the ways of measuring.

    `environments` are the runtimes, the first the one that counts; `workers` the processes
    that score pictures at once; `plan` how models are timed. Without a plan nothing is timed
    but by the way, while one process scores the pictures. `device` is the camera that all runs
    on, empty for this machine.
    """

    pictures: TestPictures
    environments: tuple[PiEnvironment, ...]
    progress: Progress
    plan: TimingPlan | None = field(default_factory=TimingPlan)
    store: FigureStore = field(default_factory=lambda: FigureStore(None))
    workers: int = field(default_factory=usable_cores)
    device: str = ""

    @property
    def processes(self) -> int:
        """Return how many processes score pictures at once."""
        return self.workers if self.plan else 1

    def machine(self) -> Machine:
        """Return the machine, and how busy others keep it at this moment."""
        if self.device:
            return Machine(f"the camera {self.device}", 0)
        return Machine.here(busy_cores() if self.plan else None)
