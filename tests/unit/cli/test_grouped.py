"""Options written once as a dataclass."""

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from fedjury.cli.grouped import grouped

SizeOption = Annotated[int, typer.Option(min=1, help="How large.")]


@dataclass(frozen=True)
class Colour:
    """What it looks like."""

    name: Annotated[str, typer.Option("--colour", help="Its name.")]
    bright: bool = False


@dataclass(frozen=True)
class Shape:
    """How it is formed."""

    corners: int = 4
    size: SizeOption = 3

    @property
    def area(self) -> int:
        """What comes of it."""
        return self.size**2


@grouped
def paint(
    what: Annotated[str, typer.Argument(help="The thing.")],
    colour: Colour,
    shape: Shape,
    times: Annotated[int, typer.Option(help="How often.")] = 1,
) -> None:
    """Paint something."""
    typer.echo(f"{what} {colour} {shape} {shape.area} {times}")


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer(add_completion=False)
    app.command()(paint)
    ended = CliRunner().invoke(app, list(arguments))
    return ended.exit_code, ended.output


def test_a_dataclass_becomes_options_in_its_place() -> None:
    parameters = inspect.signature(paint).parameters
    assert list(parameters) == ["what", "name", "bright", "corners", "size", "times"]
    assert {each.kind for each in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters["size"].annotation == SizeOption
    assert parameters["bright"].annotation is bool
    assert paint.__doc__ == "Paint something."


def test_fields_with_a_default_are_optional_and_the_others_are_not() -> None:
    parameters = inspect.signature(paint).parameters
    empty = inspect.Parameter.empty
    defaults = {name: each.default for name, each in parameters.items()}
    assert defaults == {
        "what": empty,
        "name": empty,
        "bright": False,
        "corners": 4,
        "size": 3,
        "times": 1,
    }
    code, output = run("wall")
    assert code == 2
    assert "Missing option '--colour'" in output


def test_the_built_dataclass_arrives() -> None:
    assert run("wall", "--colour", "red") == (
        0,
        f"wall {Colour('red')} {Shape()} 9 1\n",
    )
    assert run("--size", "5", "--bright", "--times", "2", "wall", "--colour", "blue") == (
        0,
        f"wall {Colour('blue', bright=True)} {Shape(size=5)} 25 2\n",
    )


def test_options_keep_their_own_limits_and_help() -> None:
    code, output = run("wall", "--colour", "red", "--size", "0")
    assert code == 2
    assert "0 is not in the range" in output
    assert "How large." in run("--help")[1]


def test_it_can_be_called_as_a_function(capsys: pytest.CaptureFixture[str]) -> None:
    paint(what="wall", name="red", bright=True, times=2, corners=3, size=2)
    assert capsys.readouterr().out == f"wall {Colour('red', True)} {Shape(3, 2)} 4 2\n"
