"""What a user's model raises while it is tried becomes a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from fedjury.errors import FedjuryError, ModelError, OutOfMemory
from fedjury.runtime.user_code import described, is_out_of_memory


@contextmanager
def raising(name: str, when: str) -> Iterator[None]:
    """Turn whatever the user's model raises into a sentence.

    Args:
        name: of the model's callable.
        when: what was done with it.

    Raises:
        ModelError: says what it raised, and where.
        OutOfMemory: this machine lacks what it takes.
    """
    try:
        yield
    except OutOfMemory:
        raise
    except FedjuryError as error:
        told = str(error)
        raise ModelError(
            told if told.startswith(repr(name)) else f"{name!r}, {when}: {told}"
        ) from error
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        if is_out_of_memory(error):
            raise OutOfMemory(
                f"this machine lacks what {name!r} takes {when}: {described(error)}"
            ) from error
        raise ModelError(f"{name!r} raises {when}: {described(error)}") from error
