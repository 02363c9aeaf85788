"""What a user's module raises, told from what this machine lacks."""

from collections.abc import Iterator
from contextlib import contextmanager

from fedjury.errors import ContentError, FedjuryError, ModelError, OutOfMemory, UnknownOperation
from fedjury.runtime.user_code import described, is_out_of_memory


class ModelRaises(ContentError):
    """The module raises when it is evaluated with some weights; the message says what and where."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what the user's module raises into `ModelRaises`.

    SystemExit is raised by the module as well; KeyboardInterrupt is not.

    Raises:
        ModelRaises: says what it raised, or what is wrong with what it gave.
        UnknownOperation: it did something that the reference evaluation does not define.
        OutOfMemory: this machine is at fault: memory, or what the operating system refuses.
    """
    try:
        yield
    except UnknownOperation:
        raise
    except ModelError as error:
        raise ModelRaises(str(error)) from error
    except FedjuryError:
        raise
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        require_memory(error)
        raise ModelRaises(described(error)) from error


@contextmanager
def enough_memory() -> Iterator[None]:
    """Say in a sentence that there is no memory left.

    Raises:
        OutOfMemory: there is none.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        require_memory(error)
        raise


def require_memory(error: BaseException) -> None:
    """Make sure that an error is not this machine's fault.

    Raises:
        OutOfMemory: it has no memory left, or the operating system refused something.
    """
    if is_out_of_memory(error):
        raise OutOfMemory(
            f"the model cannot be evaluated on this machine now: {described(error)}"
        ) from error
