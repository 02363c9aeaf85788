"""Loads what the daemons import, so that processes forked from this one need not."""

from importlib import import_module

import torch

_COMMANDS = ("audit", "client", "deploy", "oracle", "relay", "verification")
_LATER = (
    "fedjury.clients.client",
    "fedjury.clients.lone_trainer",
    "fedjury.cli.joining",
    "fedjury.cli.output",
    "fedjury.deploy.action",
    "fedjury.oracle.audit",
    "fedjury.oracle.daemon",
    "fedjury.relay.daemon",
    "fedjury.data.making",
    "sklearn.datasets",
)

for _name in _COMMANDS:
    import_module(f"fedjury.cli.commands.{_name}")
for _name in _LATER:
    import_module(_name)
torch.set_num_threads(1)
