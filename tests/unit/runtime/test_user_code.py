"""What the user's own code raises, in words."""

import errno
from collections.abc import Callable

import pytest
import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.models import mlp
from fedjury.runtime.plugins import load_callable
from fedjury.runtime.user_code import described, is_out_of_memory


class _Odd(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.Linear(3, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)  # type: ignore[no-any-return]  # the line that is named


class _Wordless(Exception):
    def __str__(self) -> str:
        raise ValueError


def _raised(function: Callable[[], object]) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def _no_memory() -> object:
    return torch.empty(2**50)


def _hidden(cause: Exception) -> Exception:
    try:
        try:
            raise cause
        except Exception:
            raise ValueError("no such batch")  # noqa: B904 (the error is not named as the cause)
    except ValueError as error:
        return error


def test_the_place_is_the_innermost_line_of_the_users_own_code() -> None:
    text = described(_raised(lambda: _Odd()(torch.ones(2, 4))))
    assert text.startswith("RuntimeError: mat1 and mat2 shapes cannot be multiplied")
    line = _Odd.forward.__code__.co_firstlineno + 1
    assert f", in test_user_code.py, line {line}: return self.layer(x)" in text


def test_lines_of_torch_are_no_place() -> None:
    error = _raised(lambda: mlp()(torch.ones(2, 4)))
    while error.__traceback__ and error.__traceback__.tb_frame.f_code.co_filename == __file__:
        error = error.with_traceback(error.__traceback__.tb_next)
    assert described(error).endswith("(2x4 and 784x128)")


def test_lines_of_this_project_are_no_place() -> None:
    text = described(_raised(lambda: load_callable("none", ModelError)))
    assert text.startswith("ModelError: 'none' is not of the form module:callable, in test_user_")


def test_an_exception_without_words_is_its_name_alone() -> None:
    assert described(ValueError()) == "ValueError"
    assert described(_Wordless()) == "_Wordless"


def test_long_words_are_cut_short_and_stand_on_one_line() -> None:
    text = described(ValueError("one\n  two\n" + "x" * 1000))
    assert text.startswith("ValueError: one two xxx")
    assert len(text) == len("ValueError: ") + 300
    assert text.endswith("…")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(errno.ENOSPC, "no space left"),
        FileNotFoundError("words.txt"),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("std::bad_alloc"),
        _raised(_no_memory),
        _hidden(MemoryError()),
        _hidden(_hidden(_raised(_no_memory))),
    ],
)
def test_what_this_machine_lacks_is_no_fault_of_the_code(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("cannot allocate memory for a ship"),
        _hidden(KeyError("word")),
        _raised(lambda: torch.empty(2**62, 2**62)),
    ],
)
def test_other_errors_are_the_codes_own(error: Exception) -> None:
    assert not is_out_of_memory(error)
