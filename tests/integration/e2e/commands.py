"""One-shot commands in this process, for tables of errors: loading torch anew takes seconds."""

import sys
from typing import Protocol

import pytest

from fedjury.cli import main
from tests.integration.e2e.processes import Finished


class Command(Protocol):
    """Runs `fedjury` with arguments."""

    def __call__(self, *arguments: object) -> Finished: ...


class InProcess:
    """Runs `fedjury`; what is not made into an exit code fails the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> Finished:
        self._patch.setattr(sys, "argv", ["fedjury", *map(str, arguments)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return Finished(int(ended.value.code or 0), out, err)
