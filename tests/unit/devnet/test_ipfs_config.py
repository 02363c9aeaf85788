"""What is written into a daemon's configuration keeps it to this machine."""

import json
from pathlib import Path
from typing import Any

import pytest

from fedjury.devnet.ipfs_config import edit_config, offline_jsipfs, offline_kubo

# The parts of what `ipfs init --profile=test` of a present Kubo writes that matter here.
KUBO: dict[str, Any] = {
    "Identity": {"PeerID": "12D3", "PrivKey": "secret"},
    "Addresses": {
        "API": ["/ip4/127.0.0.1/tcp/0"],
        "Gateway": ["/ip4/127.0.0.1/tcp/0"],
        "Swarm": ["/ip4/127.0.0.1/tcp/0"],
        "NoAnnounce": [],
    },
    "AutoConf": {},
    "AutoTLS": {},
    "Bootstrap": ["auto"],
    "DNS": {"Resolvers": {".": "auto"}},
    "Discovery": {"MDNS": {"Enabled": True}},
    "Ipns": {"DelegatedPublishers": ["auto"], "ResolveCacheSize": 128},
    "Routing": {"DelegatedRouters": ["auto"]},
    "Swarm": {"DisableNatPortMap": False, "ConnMgr": {}},
}
JSIPFS: dict[str, Any] = {
    "Addresses": {
        "Swarm": ["/ip4/0.0.0.0/tcp/4002", "/ip4/127.0.0.1/tcp/4003/ws"],
        "API": "/ip4/127.0.0.1/tcp/5002",
        "Gateway": "/ip4/127.0.0.1/tcp/9090",
        "RPC": "/ip4/127.0.0.1/tcp/5003",
        "Delegates": ["/dns4/node0.delegate.ipfs.io/tcp/443/https"],
    },
    "Discovery": {"MDNS": {"Enabled": True, "Interval": 10}, "webRTCStar": {"Enabled": True}},
    "Bootstrap": [
        "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"
    ],
    "Swarm": {"ConnMgr": {"LowWater": 50}, "DisableNatPortMap": False},
    "Identity": {"PeerID": "12D3", "PrivKey": "secret"},
}


@pytest.mark.parametrize("config", [offline_kubo(KUBO, 5001), offline_jsipfs(JSIPFS, 5001)])
def test_only_the_api_listens_and_only_here(config: dict[str, Any]) -> None:
    addresses = config["Addresses"]
    assert addresses.pop("API") == "/ip4/127.0.0.1/tcp/5001"
    assert not any(addresses.values())


@pytest.mark.parametrize("config", [offline_kubo(KUBO, 5001), offline_jsipfs(JSIPFS, 5001)])
def test_nobody_is_looked_for(config: dict[str, Any]) -> None:
    assert config["Bootstrap"] == []
    assert config["Discovery"]["MDNS"]["Enabled"] is False
    assert config["Routing"]["Type"] == "none"
    assert config["Swarm"]["DisableNatPortMap"] is True


def test_no_name_of_another_machine_is_left_in_js_ipfs_configuration() -> None:
    text = json.dumps(offline_jsipfs(JSIPFS, 5001))
    assert not [word for word in ("dns", "0.0.0.0", "ipfs.io") if word in text]


def test_kubos_own_errands_are_off_and_auto_is_gone() -> None:
    config = offline_kubo(KUBO, 5001)
    assert '"auto"' not in json.dumps(config)
    assert config["AutoConf"]["Enabled"] is False
    assert config["AutoTLS"]["Enabled"] is False
    assert config["AutoNAT"]["ServiceMode"] == "disabled"
    assert config["Swarm"]["RelayClient"]["Enabled"] is False
    assert config["Swarm"]["RelayService"]["Enabled"] is False
    assert config["Swarm"]["EnableHolePunching"] is False
    assert config["Plugins"]["Plugins"]["telemetry"]["Disabled"] is True
    assert config["Version"]["SwarmCheckEnabled"] is False


@pytest.mark.parametrize(("edit", "old"), [(offline_kubo, KUBO), (offline_jsipfs, JSIPFS)])
def test_the_rest_is_kept(edit: Any, old: dict[str, Any]) -> None:
    new = edit(old, 5001)
    assert new["Identity"] == old["Identity"]
    assert new["Swarm"]["ConnMgr"] == old["Swarm"]["ConnMgr"]


def test_editing_keeps_the_files_permissions(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text('{"a": 1}')
    path.chmod(0o600)
    edit_config(path, lambda old: {**old, "b": 2})
    assert json.loads(path.read_text()) == {"a": 1, "b": 2}
    assert path.stat().st_mode & 0o777 == 0o600
