"""EyeProcess: a process that becomes an eye as soon as it is told what to look at.

This module loads fast: the process is started first of all, and loads while the hand does.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path


class EyeProcess:
    """Starts a process, with a socket to it.

    It leads a session of its own, so that a terminal's Ctrl-C reaches the hand alone.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            arguments = [str(theirs.fileno()), str(os.getpid())]
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "edge.eye", *arguments],
                    # Two threads share one pool of memory: 3 MB less, and nothing is slower.
                    env={"MALLOC_ARENA_MAX": "1", **child_environment()},
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                self.socket.close()
                raise
        self.pid = self._process.pid

    def code(self) -> int | None:
        """Return its exit code, negative for a signal; None while it is there."""
        return self._process.poll()

    def close(self) -> None:
        """End it, whoever had it."""
        self.kill()

    def kill(self) -> None:
        """Hang up and end it, stopped or not; the kernel may take its time over it."""
        self.socket.close()
        if self._process.poll() is None:
            self._process.kill()


def child_environment() -> dict[str, str]:
    """Return the environment for a process of ours that runs the same code as this one.

    What systemd says to this process alone is left out.
    """
    ours = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID")
    given = {name: value for name, value in os.environ.items() if name not in ours}
    root = str(Path(__file__).parents[2])
    if sys.path[:1] == [root]:
        # Run in a checkout by `python -m edge`, which -P would not find.
        given["PYTHONPATH"] = os.pathsep.join(filter(None, [root, given.get("PYTHONPATH")]))
    return given
