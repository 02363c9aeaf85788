"""Network connections in the form of NSL-KDD's files, made up, so that tests need no files."""

import gzip
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from nsl_kdd import FEATURES, TEST, TRAIN

# What the attack does to a quiet connection; one of each class.
_KINDS: Mapping[str, dict[str, str]] = {
    "normal": {"service": "http", "logged_in": "1", "src_bytes": "230", "dst_bytes": "4500"},
    "neptune": {"flag": "S0", "count": "200", "serror_rate": "1.00"},
    "ipsweep": {"protocol_type": "icmp", "service": "eco_i", "dst_host_same_src_port_rate": "1.00"},
    "guess_passwd": {"service": "telnet", "num_failed_logins": "3", "duration": "4"},
    "rootkit": {"service": "telnet", "logged_in": "1", "root_shell": "1", "num_root": "9"},
}


def connection(label: str = "normal", **features: str) -> str:
    """A row: a quiet TCP connection but for these features; difficulty 21."""
    quiet = {"protocol_type": "tcp", "service": "private", "flag": "SF"}
    values = quiet | features
    return ",".join([*(values.get(feature, "0") for feature in FEATURES), label, "21"])


def write_file(path: Path, rows: Sequence[str]) -> Path:
    """Write rows as one of the benchmark's files, gzipped where the name ends so."""
    data = "".join(f"{row}\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_benchmark(directory: Path, train: int = 120, test: int = 60) -> Path:
    """Write a training and a test part, the five classes in turn, easily told apart.

    Args:
        directory: for the files; is made.
        train, test: how many connections.
    """
    directory.mkdir(exist_ok=True)
    draw = random.Random(1)
    for name, count in ((TRAIN, train), (f"{TEST}.gz", test)):
        labels = [list(_KINDS)[number % len(_KINDS)] for number in range(count)]
        rows = [
            connection(label, **(_KINDS[label] | {"dst_host_count": str(draw.randrange(256))}))
            for label in labels
        ]
        write_file(directory / name, rows)
    return directory
