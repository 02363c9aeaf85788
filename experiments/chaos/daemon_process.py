"""One `fedjury` command as a process that starts at once, as what it imports is loaded beforehand.

Loading torch takes a second and a half of a core. A process that is forked from one which has it
loaded runs the same command line, opens the same files and dies the same death; what a kill while
modules are loaded could spoil, nothing is open yet.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["experiments.chaos.preloaded"])
PROGRAM = "fedjury.cli:main"


def start(
    arguments: Sequence[str],
    out: Path,
    errors: Path,
    environment: Mapping[str, str],
    program: str = PROGRAM,
) -> BaseProcess:
    """Start a command.

    Args:
        arguments: as after `fedjury`.
        program: ``module:function`` that is run with `sys.argv` set to them.
        out: file that its standard output is appended to.
        errors: file that its standard error is appended to.
        environment: added to this process's own.
    """
    given = list(arguments), str(out), str(errors), dict(environment), program
    process = CONTEXT.Process(target=run, args=given, daemon=True)
    process.start()
    return process


def run(
    arguments: list[str], out: str, errors: str, environment: dict[str, str], program: str
) -> None:
    """Be that command."""
    for path, descriptor in ((out, 1), (errors, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (the process's own)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.update(environment)
    sys.argv = ["fedjury", *arguments]
    module, function = program.split(":")
    getattr(import_module(module), function)()
