"""What the user's own code raises: a model, a dataset, a training callable."""

import sysconfig
import traceback
from pathlib import Path

import torch

_MOST_CHARACTERS = 300
_OURS = (f"{Path(torch.__file__).parent}/", f"{Path(__file__).parents[1]}/")
_INSTALLED = tuple({f"{sysconfig.get_path(kind)}/" for kind in ("purelib", "platlib")})
_STANDARD = f"{sysconfig.get_path('stdlib')}/"
# How the allocators of torch say it; only that of a GPU has an exception of its own.
_NO_MEMORY = ("DefaultCPUAllocator", "allocate memory", "not enough memory", "bad_alloc")


def described(error: BaseException) -> str:
    """What was raised and where, as the end of a sentence.

    The place is the innermost in the user's own code: not in torch, this project or the standard
    library, and in another installed package only where there is nothing else. As in
    ``ValueError: too few, in my_model.py, line 12: x = self.norm(x)``.
    """
    what = f"{type(error).__name__}: {_text(error)}".rstrip(": ")
    frame = _place(error)
    if frame is None:
        return what
    return f"{what}, in {Path(frame.filename).name}, line {frame.lineno}: {frame.line}".rstrip(": ")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this machine is at fault and not the code: it has no memory left, or the operating
    system failed (any OSError). So too where the code turned such an error into another.
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        if _is_of_this_machine(current):
            return True
        seen.add(id(current))
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return False


def _is_of_this_machine(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, OSError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(each in _text(error) for each in _NO_MEMORY)


def _text(error: BaseException) -> str:
    """The error's own words on one line, cut short."""
    try:
        words = " ".join(str(error).split())
    except Exception:  # an exception of the user's may fail to say what it is
        return ""
    return words if len(words) <= _MOST_CHARACTERS else f"{words[: _MOST_CHARACTERS - 1]}…"


def _place(error: BaseException) -> traceback.FrameSummary | None:
    """The innermost frame of the user's own code; None where there is none."""
    frames = [
        each
        for each in reversed(traceback.extract_tb(error.__traceback__))
        if not each.filename.startswith(("<", *_OURS)) and not _is_standard(each.filename)
    ]
    own = (each for each in frames if not each.filename.startswith(_INSTALLED))
    return next(own, frames[0] if frames else None)


def _is_standard(path: str) -> bool:
    return path.startswith(_STANDARD) and not path.startswith(_INSTALLED)
