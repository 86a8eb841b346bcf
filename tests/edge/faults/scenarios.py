"""Every fault by name."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.edge.faults import camera_faults, disk_faults, process_faults
from tests.edge.faults.seen import Seen

Scenario = Callable[[Path], Iterator[Seen]]

SCENARIOS: dict[str, Scenario] = {
    each.__name__: each
    for each in (
        process_faults.model_swapped,
        camera_faults.killed_thread,
        process_faults.hand_stopped,
        process_faults.out_of_memory,
        disk_faults.full_disk,
        disk_faults.read_only_disk,
        camera_faults.blocked_read,
        camera_faults.frozen_frames,
        camera_faults.black_frames,
        camera_faults.stream_cut,
        process_faults.eye_stopped,
        process_faults.eye_killed,
        process_faults.hand_killed,
        disk_faults.corrupted_database,
        disk_faults.clock_set,
        disk_faults.broker_gone,
    )
}
