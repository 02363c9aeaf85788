"""A task on IDX files of the user's own, whose clients hold different classes."""

import json
import struct
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fedjury.task.deployment_file import load_deployment
from tests.support.commands import succeed
from tests.support.keys import Keys
from tests.support.processes import Daemon

SIDE, CLASSES = 4, 3


def _write(path: Path, array: npt.NDArray[np.uint8]) -> None:
    header = struct.pack(f">2xBB{array.ndim}I", 8, array.ndim, *array.shape)
    path.write_bytes(header + array.tobytes())


def _stripes(directory: Path) -> Path:
    """Images of one bright row each, which is their class."""
    directory.mkdir()
    for part, count in (("train", 60), ("t10k", 30)):
        labels = np.arange(count, dtype=np.uint8) % CLASSES
        images = np.zeros((count, SIDE, SIDE), dtype=np.uint8)
        images[np.arange(count), labels] = 255
        _write(directory / f"{part}-images-idx3-ubyte", images)
        _write(directory / f"{part}-labels-idx1-ubyte", labels)
    return directory


def test_clients_train_on_their_parts_of_it(ganache: str, ipfs: str, tmp_path: Path) -> None:
    keys, data = Keys(tmp_path), f"idx:{_stripes(tmp_path / 'stripes')}"
    model = ["--model-arguments", json.dumps({"inputs": SIDE**2, "outputs": CLASSES})]
    split = ["--data", data, "--partition", "dirichlet:0.5", "--partition-seed", 4]
    deployed = succeed(*keys.deploy(tmp_path, ganache, ipfs, *model, *split), "--json").document
    file = tmp_path / "deployment.json"
    known = load_deployment(file)
    assert deployed["partition"] == known.partition == "dirichlet:0.5"
    assert known.data == data
    with ExitStack() as stack:
        clients = [
            stack.enter_context(
                Daemon(
                    *("client", *keys.options(account), "--deployment", file),
                    log=tmp_path / f"client-{account}.log",
                )
            )
            for account in (2, 3)
        ]
        for client in clients:
            client.until("trained", round=1)
