"""Text that does no harm where it is shown."""

import json
from pathlib import Path

import pytest

from fedjury.cli.output import Output
from fedjury.cli.plain_text import SIGNS_HANDLER, harmless, json_line, register_signs
from fedjury.runtime.events import TransientFailure

HARMFUL = {
    "colour": ("\x1b[31mred", r"\x1b[31mred"),
    "title": ("\x1b]0;pwned\x07", r"\x1b]0;pwned\x07"),
    "one-byte sequence": ("\x9b2J", r"\x9b2J"),
    "back": ("good\b\b\b\bevil", r"good\x08\x08\x08\x08evil"),
    "carriage return": ("evil\rgood", r"evil\rgood"),
    "nul": ("a\0b", r"a\x00b"),
    "delete": ("a\x7f", r"a\x7f"),
    "right to left": ("\u202egnp.exe", r"\u202egnp.exe"),
    "isolate": ("\u2066a\u2069", r"\u2066a\u2069"),
    "line separator": ("a\u2028b", r"a\u2028b"),
    "half a character": ("\udc80", r"\udc80"),
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_what_a_terminal_would_obey_is_written_out(kind: str) -> None:
    text, shown = HARMFUL[kind]
    assert harmless(text) == harmless(text, one_line=True) == shown


def test_everything_else_stays() -> None:
    text = "ünï λ ✓ 中文 [red]no markup[/red] 👩‍🔬\n\tnext"
    assert harmless(text) == text
    assert harmless(text, one_line=True) == text.replace("\n", r"\n").replace("\t", r"\t")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252", "utf-16"])
def test_a_line_of_json_is_valid_in_every_encoding(encoding: str) -> None:
    harmful = "".join(text for text, _ in HARMFUL.values())
    document = {"ü✓": harmful, "nested": [{"path": Path("/ä")}, 1.5, None]}
    line = json_line(document, encoding)
    assert "\n" not in line
    assert not [text for text, _ in HARMFUL.values() if text in line]
    read = json.loads(line.encode(encoding, "surrogatepass").decode(encoding, "surrogatepass"))
    assert read == {"ü✓": harmful, "nested": [{"path": "/ä"}, 1.5, None]}


def test_json_has_no_numbers_that_are_none() -> None:
    document = {"a": float("nan"), "b": [float("inf"), {"c": -float("inf")}], "d": (1.0,)}
    assert json.loads(json_line(document, "utf-8")) == {
        "a": "nan",
        "b": ["inf", {"c": "-inf"}],
        "d": [1.0],
    }


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "✓ ✗ – λ ü 中"),
        ("ascii", r"v x - lambda \xfc \u4e2d"),
        ("latin-1", r"v x - lambda ü \u4e2d"),
        ("cp1252", r"v x – lambda ü \u4e2d"),
    ],
)
def test_signs_that_an_encoding_lacks_are_replaced(encoding: str, shown: str) -> None:
    register_signs()
    assert "✓ ✗ – λ ü 中".encode(encoding, SIGNS_HANDLER).decode(encoding) == shown


@pytest.mark.parametrize("kind", HARMFUL)
def test_other_peoples_words_do_no_harm_in_events_tables_and_answers(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, shown = HARMFUL[kind]
    said = f"{text} [red]no markup[/red] :smile:"
    output = Output()
    output.event(TransientFailure(reason=f"{said}\nforged", error="E", retry_seconds=1))
    output.result({}, said)
    output.table(said, [f"c{text}"], [[said]])
    printed = capsys.readouterr().out
    assert text not in printed
    assert printed.count(shown) == 5
    assert printed.count("[red]no markup[/red] :smile:") == 4
    assert r"\nforged; trying again in 1 s" in printed
