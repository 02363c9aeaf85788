"""Callables that users name, and those that a spec may name."""

import math
import sys
import tabnanny
from pathlib import Path

import pytest

from fedjury.errors import DataError, ModelError
from fedjury.protocol.task_spec import CallableSpec
from fedjury.runtime.plugins import BUILT_IN_MODELS, check_allowed, load_callable

HELPERS = "tests.support.plugins"


def test_what_is_named_is_imported() -> None:
    assert load_callable("math:sqrt", DataError) is math.sqrt


@pytest.mark.parametrize(
    "name", ["", "module", "module:", ":callable", "../labs:two", ".labs:two", "a-b:two"]
)
def test_a_name_of_another_form_is_the_callers_error(name: str) -> None:
    with pytest.raises(DataError, match="module:callable"):
        load_callable(name, DataError)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no.such.module:x", "ModuleNotFoundError"),
        (f"{HELPERS}:missing", "AttributeError"),
        (f"{HELPERS}:NOT_CALLABLE", "not callable"),
    ],
)
def test_what_does_not_load_is_the_callers_error(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        load_callable(name, ModelError)


def test_a_module_may_raise_anything_while_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "unlucky_plugin.py").write_text("raise KeyError('no luck')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match="'unlucky_plugin:x' cannot be loaded: KeyError"):
        load_callable("unlucky_plugin:x", DataError)


def test_a_module_in_the_current_directory_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_beside_me.py").write_text("def answer(): return 42")
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    with pytest.raises(DataError, match="ModuleNotFoundError"):
        load_callable("plugin_beside_me:answer", DataError)
    monkeypatch.chdir(tmp_path)
    assert load_callable("plugin_beside_me:answer", DataError)() == 42


def test_what_is_installed_comes_before_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tabnanny.py").write_text("check = print")
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    monkeypatch.delitem(sys.modules, "tabnanny")
    monkeypatch.chdir(tmp_path)
    found = load_callable("tabnanny:check", DataError)
    assert found.__code__.co_filename == tabnanny.check.__code__.co_filename


@pytest.mark.parametrize("name", sorted(BUILT_IN_MODELS))
def test_what_is_built_in_is_allowed_to_all(name: str) -> None:
    check_allowed(CallableSpec(callable=name), ())


def test_what_the_user_named_too_is_allowed() -> None:
    check_allowed(CallableSpec(callable="antigravity:fly"), {"antigravity:fly"})
    with pytest.raises(ModelError, match="--allow-model antigravity:fly if you trust it"):
        check_allowed(CallableSpec(callable="antigravity:fly"), {"antigravity:geohash"})
