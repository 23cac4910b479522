"""Child processes that live no longer than their parent."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 15.0
PR_SET_PDEATHSIG = 1  # Linux: be told when the parent is gone


def listening(wanted: int) -> socket.socket:
    """A socket that listens on 127.0.0.1: at `wanted` if nothing else does, or else at a port that is free."""
    for port in (wanted, 0):
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", port))
            taken.listen()
        except OSError:
            taken.close()
            continue
        return taken
    raise OSError("no free port on 127.0.0.1")


def free_port(wanted: int) -> int:
    """`wanted` if nothing listens there on 127.0.0.1 now, else a port that is free."""
    with listening(wanted) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def child(
    command: list[str], environment: Mapping[str, str], log: Path | None = None, fds: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a process group of its own until the block ends; its output goes to `log`, or to ours.

    `fds` are open files of ours that it has too. The group keeps a Ctrl-C at the terminal from reaching the child
    before its parent has decided the order.
    """
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
    output = open(log, "ab") if log else None  # noqa: SIM115 (closed below, after the child is gone)
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=_die_with_parent(),
        pass_fds=fds,
    )
    try:
        yield process
    finally:
        stop(process)
        if output:
            output.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the process's whole group to end, wait, then make it."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait()


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does first on Linux, so that it ends even when its parent is killed."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)  # loaded before the fork: a forked child should not import
    return lambda: library.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
