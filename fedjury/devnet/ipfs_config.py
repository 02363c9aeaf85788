"""Configurations with which an IPFS daemon listens on its API alone and calls nobody.

The daemons run with --offline besides; this is for whoever starts one in the same repo without.
Sources: https://github.com/ipfs/kubo/blob/master/docs/config.md, and js-ipfs' own defaults
(ipfs-core-config/src/config.js). Go ignores fields that its version does not know.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fedjury.devnet.ports import LOOPBACK

Config = dict[str, Any]


def edit_config(path: Path, edit: Callable[[Config], Config]) -> None:
    """Rewrite a daemon's configuration file, keeping its permissions (it holds its key)."""
    path.write_text(json.dumps(edit(json.loads(path.read_text())), indent=2))


def offline_jsipfs(config: Config, api_port: int) -> Config:
    """js-ipfs: no swarm, gateway, gRPC, delegates, discovery, port mapping or DHT."""
    return _merged(
        config,
        {
            "Addresses": {
                "API": _address(api_port),
                "Gateway": [],
                "RPC": "",
                "Swarm": [],
                "Delegates": [],
            },
            "Bootstrap": [],
            "Discovery": {"MDNS": {"Enabled": False}, "webRTCStar": {"Enabled": False}},
            "Pubsub": {"Enabled": False},
            "Routing": {"Type": "none"},
            "Swarm": {"DisableNatPortMap": True},
        },
    )


def offline_kubo(config: Config, api_port: int) -> Config:
    """Kubo: the same, and none of the services that it calls by itself in later versions."""
    return _merged(
        config,
        {
            "Addresses": {"API": _address(api_port), "Gateway": [], "Swarm": []},
            "AutoConf": {"Enabled": False},
            "AutoNAT": {"ServiceMode": "disabled"},
            "AutoTLS": {"Enabled": False},
            "Bootstrap": [],
            "DNS": {"Resolvers": None},
            "Discovery": {"MDNS": {"Enabled": False}},
            # Values of "auto" are an error once AutoConf is off.
            "Ipns": {"DelegatedPublishers": []},
            "Plugins": {"Plugins": {"telemetry": {"Disabled": True}}},
            "Routing": {"Type": "none", "DelegatedRouters": []},
            "Swarm": {
                "DisableNatPortMap": True,
                "EnableHolePunching": False,
                "RelayClient": {"Enabled": False},
                "RelayService": {"Enabled": False},
            },
            "Version": {"SwarmCheckEnabled": False},
        },
    )


def _address(port: int) -> str:
    return f"/ip4/{LOOPBACK}/tcp/{port}"


def _merged(base: Config, changes: Config) -> Config:
    """`base` with the changes, section by section."""
    merged = dict(base)
    for key, value in changes.items():
        old = base.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _merged(dict(old or {}), value) if both else value
    return merged
