"""What a trainer of the user's may change around itself, and what is put back after it."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout

import torch


@contextmanager
def own_surroundings(seed: int) -> Iterator[None]:
    """Let the user's code set what it likes of torch and the process while the block runs.

    Put back are what this project's own code goes by: the working directory, and torch's threads,
    default type and device, gradients, determinism and random numbers. What is printed goes to
    standard error, since standard output may be JSON.

    Args:
        seed: of torch's random numbers within the block.
    """
    with ExitStack() as after:
        _put_back_torch(after)
        after.callback(os.chdir, os.getcwd())
        after.enter_context(redirect_stdout(sys.stderr))
        after.enter_context(torch.random.fork_rng(devices=[]))
        after.enter_context(torch.enable_grad())
        torch.manual_seed(seed)
        yield


def _put_back_torch(after: ExitStack) -> None:
    after.callback(torch.set_num_threads, torch.get_num_threads())
    after.callback(torch.set_default_dtype, torch.get_default_dtype())
    after.callback(torch.set_grad_enabled, torch.is_grad_enabled())
    after.callback(torch.set_default_device, None)
    after.callback(
        torch.use_deterministic_algorithms,
        torch.are_deterministic_algorithms_enabled(),
        warn_only=torch.is_deterministic_algorithms_warn_only_enabled(),
    )
