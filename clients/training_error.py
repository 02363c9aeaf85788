"""Why local training gave nothing to submit, and what of it another try may mend."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from fedjury.errors import DiskUnwritable, FedjuryError, ModelError
from fedjury.runtime.user_code import described, is_out_of_memory


class TrainingError(ModelError):
    """Local training gives nothing to submit.

    Args:
        reason: a sentence.
        lasting: whether the same code would fail in every round, as far as one can tell.
    """

    def __init__(self, reason: str, *, lasting: bool = True) -> None:
        super().__init__(reason)
        self.lasting = lasting


@contextmanager
def told_as_training_error(who: str) -> Iterator[None]:
    """Turn what a model or trainer of the user's raises into a sentence.

    Args:
        who: begins the sentence, as ``the model``.

    Raises:
        TrainingError: for whatever is raised within, but for the end of the process.
    """
    try:
        yield
    except (TrainingError, DiskUnwritable):
        raise
    except FedjuryError as error:
        raise TrainingError(f"{who} fails in training: {error}") from error
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        if is_out_of_memory(error) and not _is_of_a_file(error):
            reason = f"this machine has no memory for {who} in training: {described(error)}"
            raise TrainingError(reason, lasting=False) from error
        raise TrainingError(f"{who} raises in training: {described(error)}") from error


def _is_of_a_file(error: BaseException) -> bool:
    """Whether the code asked for a file or service that is not there, as it will next time."""
    return isinstance(error, OSError) and error.errno != errno.ENOMEM
