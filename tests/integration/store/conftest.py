"""Daemons to try the store on."""

from collections.abc import Iterator

import pytest

from fedjury.devnet import ports
from fedjury.devnet.ipfs import choose_ipfs
from tests.support.services import Ipfs


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nobody listens on."""
    return ports.free_port()


@pytest.fixture(scope="session", params=["jsipfs", "kubo"])
def daemon_api(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """API URL of each daemon that is installed here; Kubo is optional."""
    kind = request.param
    if kind == "kubo" and choose_ipfs("auto", None) != "kubo":
        pytest.skip("Kubo is not installed")
    with Ipfs(tmp_path_factory.mktemp(kind), kind=kind) as service:
        yield service.url
