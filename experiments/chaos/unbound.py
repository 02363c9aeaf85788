"""Runs a program that a limit on the size of its files neither ends nor silences.

python unbound.py PROGRAM ARGUMENTS...

Beyond the limit its writes fail, as on a full disk (EFBIG), instead of a signal that ends it; what
it tells is written by another process, which the limit does not bind. It keeps this process's id.
"""

import os
import signal
import subprocess
import sys

SURVIVE = "--import=data:text/javascript,process.on('SIGXFSZ',()=>{})"
"""Option of Node, which unblocks all signals as it starts, to stay alive beyond the limit."""


def free_output() -> None:
    """Have what this process tells written by another one."""
    for descriptor in (1, 2):
        writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=descriptor)
        assert writer.stdin is not None
        os.dup2(writer.stdin.fileno(), descriptor)
        writer.stdin.close()


def main(command: list[str]) -> None:
    """Be that program."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGXFSZ})
    free_output()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
