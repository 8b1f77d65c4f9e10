"""What a command takes: wall time, user and system CPU, peak resident memory, by the kernel.

A process's peak (`ru_maxrss`) outlives exec, and starts from what its maker held: measured from a
Python that holds 400 MB, a command of 1 MB would be told to take 400. So the command is made by a
shell, which holds about 1 MB, in the background; the shell ends, and the command, an orphan, is
left to this process, which asked for its descendants' orphans and waits for it. The least that a
command can be told to take is what the shell holds.
"""

import ctypes
import dataclasses
import os
import signal
import subprocess
import sys
import time

# Of sys/prctl.h.
SET_CHILD_SUBREAPER = 36
# The command waits for a line, so that it does not end before the shell, which would see to it.
IN_BACKGROUND = (
    'exec 3<&0; (read line <&3; exec "$@" 3<&- </dev/null >/dev/null 2>&1) & echo $!')


class Failed(Exception):
    """The command ended with a status other than 0."""


@dataclasses.dataclass
class Measurement:
    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int


def run(command: list[str]):
    """Wall time, status and resources of a command that this process waited for, not made."""
    if sys.platform != "linux":  # Elsewhere the figure is of the program alone.
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return time.perf_counter() - start, status, usage
    if ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    with subprocess.Popen(
            ["/bin/sh", "-c", IN_BACKGROUND, "sh", *command], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True) as shell:
        pid = int(shell.stdout.readline())
        shell.wait()
        start = time.perf_counter()
        shell.stdin.write("\n")
    try:
        _, status, usage = os.wait4(pid, 0)
    except BaseException:  # An interrupt does not reach what runs in the background.
        os.kill(pid, signal.SIGKILL)
        raise
    return time.perf_counter() - start, status, usage


def measure(command: list) -> Measurement:
    """Runs a command that prints to nowhere."""
    wall, status, usage = run([str(part) for part in command])
    if status != 0:
        raise Failed(f"exit {os.waitstatus_to_exitcode(status)}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def check_itself():
    """A command's figures are its own, whatever this process holds."""
    held = bytearray(256 << 20)
    for offset in range(0, len(held), 4096):
        held[offset] = 1
    small = measure(["/bin/true"]).peak_memory_bytes
    large = measure([sys.executable, "-S", "-c", "b = b'1' * (64 << 20)"]).peak_memory_bytes
    assert small < 8 << 20, f"/bin/true is told to take {small:,} bytes"
    assert 64 << 20 < large < 96 << 20, f"64 MiB are told to be {large:,} bytes"
    try:
        measure(["/bin/false"])
    except Failed:
        return
    raise AssertionError("/bin/false did not fail")


if __name__ == "__main__":
    check_itself()
    print("a command's figures are its own")
