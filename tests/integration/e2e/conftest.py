"""What these tests share."""

import os

import pytest

from tests.integration.e2e.commands import Command, InProcess


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`fedjury` in this process, with no options from the environment."""
    for name in [name for name in os.environ if name.startswith("FEDJURY_")]:
        monkeypatch.delenv(name)
    return InProcess(monkeypatch, capsys)
