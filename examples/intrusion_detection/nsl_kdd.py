"""NSL-KDD as a dataset of fedjury: network connections, each normal or one of 39 attacks.

The benchmark: Tavallaee, Bagheri, Lu, Ghorbani, A Detailed Analysis of the KDD CUP 99 Data Set
(2009); files from the Canadian Institute for Cybersecurity, University of New Brunswick. A row is
a connection: 41 features, the attack's name or ``normal``, and how many of 21 classifiers of the
benchmark's authors found that out.

A connection becomes 122 inputs: 38 numbers, then protocol, service and flag as one-hot vectors
over the benchmark's own lists. Nothing is computed from anybody's data, so all clients encode
alike, whatever they hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from fedjury.data import Dataset, Samples
from fedjury.data.idx import read_decompressed
from fedjury.errors import DataError

TRAIN, TRAIN_20_PERCENT, TEST = "KDDTrain+.txt", "KDDTrain+_20Percent.txt", "KDDTest+.txt"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# The features that are words: all values that the benchmark's ARFF headers list.
WORDS = {
    "protocol_type": ("tcp", "udp", "icmp"),
    "service": _words(
        """
        aol auth bgp courier csnet_ns ctf daytime discard domain domain_u echo eco_i ecr_i efs exec
        finger ftp ftp_data gopher harvest hostnames http http_2784 http_443 http_8001 imap4 IRC
        iso_tsap klogin kshell ldap link login mtp name netbios_dgm netbios_ns netbios_ssn netstat
        nnsp nntp ntp_u other pm_dump pop_2 pop_3 printer private red_i remote_job rje shell smtp
        sql_net ssh sunrpc supdup systat telnet tftp_u tim_i time urh_i urp_i uucp uucp_path vmnet
        whois X11 Z39_50
        """
    ),
    "flag": ("OTH", "REJ", "RSTO", "RSTOS0", "RSTR", "S0", "S1", "S2", "S3", "SF", "SH"),
}
FEATURES = _words(
    """
    duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent hot
    num_failed_logins logged_in num_compromised root_shell su_attempted num_root num_file_creations
    num_shells num_access_files num_outbound_cmds is_host_login is_guest_login count srv_count
    serror_rate srv_serror_rate rerror_rate srv_rerror_rate same_srv_rate diff_srv_rate
    srv_diff_host_rate dst_host_count dst_host_srv_count dst_host_same_srv_rate
    dst_host_diff_srv_rate dst_host_same_src_port_rate dst_host_srv_diff_host_rate
    dst_host_serror_rate dst_host_srv_serror_rate dst_host_rerror_rate dst_host_srv_rerror_rate
    """
)
NUMBERS = tuple(feature for feature in FEATURES if feature not in WORDS)
# Within 0 and 1, and taken as they are: the rates, and what is either so or not.
_SHARES = frozenset(
    [feature for feature in NUMBERS if feature.endswith("_rate")]
    + ["land", "logged_in", "root_shell", "is_host_login", "is_guest_login"]
)
# Seconds, bytes and counts go from 0 to some 1e9; ln(1 + 1e9) is 21.
_LOGARITHM_UNIT = 10.0
INPUTS = len(NUMBERS) + sum(map(len, WORDS.values()))

# KDD Cup 1999's grouping of the attacks. (Some authors count httptunnel to r2l and worm to dos.)
ATTACKS = {
    "dos": _words(
        """
        apache2 back land mailbomb neptune pod processtable smurf teardrop udpstorm
        """
    ),
    "probe": ("ipsweep", "mscan", "nmap", "portsweep", "saint", "satan"),
    "r2l": _words(
        """
        ftp_write guess_passwd imap multihop named phf sendmail snmpgetattack snmpguess spy
        warezclient warezmaster worm xlock xsnoop
        """
    ),
    "u2r": _words(
        """
        buffer_overflow httptunnel loadmodule perl ps rootkit sqlattack xterm
        """
    ),
}
NORMAL = "normal"
CLASSES = (NORMAL, *ATTACKS)
_CLASS_OF = {NORMAL: 0} | {
    attack: number for number, attacks in enumerate(ATTACKS.values(), 1) for attack in attacks
}


@dataclass(frozen=True)
class Connections:
    """The connections of a file.

    Attributes:
        x: inputs, float32, shape (n, 122).
        names: for each the attack's name, or ``normal``.
    """

    x: torch.Tensor
    names: Sequence[str]

    def samples(self) -> Samples:
        """With the numbers of their `CLASSES` as labels: normal, dos, probe, r2l, u2r."""
        return Samples(self.x, torch.tensor([_CLASS_OF[name] for name in self.names]))

    def binary_samples(self) -> Samples:
        """With 0 for normal connections and 1 for attacks as labels."""
        return Samples(self.x, torch.tensor([int(name != NORMAL) for name in self.names]))


def load(directory: Path | None) -> Dataset:
    """NSL-KDD with five classes: normal, dos, probe, r2l, u2r.

    Args:
        directory: holds KDDTest+.txt and KDDTrain+.txt, or if not that KDDTrain+_20Percent.txt,
            each plain or .gz.

    Raises:
        DataError: a file is missing or damaged, or has another form; file, row and feature named.
    """
    train, test = read_parts(directory)
    return Dataset("nsl-kdd", train.samples(), test.samples())


def load_binary(directory: Path | None) -> Dataset:
    """NSL-KDD with two classes: normal, and attack.

    Args:
        directory: as for `load`.

    Raises:
        DataError: as by `load`.
    """
    train, test = read_parts(directory)
    return Dataset("nsl-kdd-binary", train.binary_samples(), test.binary_samples())


def load_alike(directory: Path | None) -> Dataset:
    """The training part alone, every third connection of it as the test part; five classes.

    Beside `load`, it tells what it means that the benchmark's own test part is of another kind.

    Args:
        directory: as for `load`.

    Raises:
        DataError: as by `load`.
    """
    samples = read_parts(directory)[0].samples()
    third = torch.arange(len(samples)) % 3 == 2
    train, test = (samples.take(chosen.nonzero().flatten()) for chosen in (~third, third))
    return Dataset("nsl-kdd-alike", train, test)


def read_parts(directory: Path | None) -> tuple[Connections, Connections]:
    """The connections to train on, and those to test on.

    Args:
        directory: as for `load`.

    Raises:
        DataError: as by `load`.
    """
    if directory is None:
        raise DataError("say where NSL-KDD's files are: --data-dir DIR")
    train, test = _find(directory, TRAIN, TRAIN_20_PERCENT), _find(directory, TEST)
    return read_connections(train), read_connections(test)


def _find(directory: Path, *names: str) -> Path:
    """The first of these files that is there, plain or .gz."""
    for name in names:
        for path in (directory / name, directory / f"{name}.gz"):
            if path.is_file():
                return path
    raise DataError(f"{directory} holds no {' or '.join(names)}, plain or with .gz")


def read_connections(path: Path) -> Connections:
    """The connections of one of the benchmark's files, plain or gzipped.

    Raises:
        DataError: the file cannot be read or has another form.
    """
    try:
        lines = read_decompressed(path).decode("ascii").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a file of NSL-KDD: {error}") from error
    if not lines:
        raise DataError(f"{path} holds no connections")
    rows = [line.split(",") for line in lines]
    for number, row in enumerate(rows, 1):
        if len(row) != len(FEATURES) + 2:
            raise DataError(
                f"{path}, row {number}: {len(row)} fields, not 41 features, label and difficulty"
            )
    columns = dict(zip((*FEATURES, "label", "difficulty"), zip(*rows, strict=True), strict=True))
    names = columns["label"]
    _places(path, "label", names, tuple(_CLASS_OF))
    _numbers(path, "difficulty", columns["difficulty"])
    parts = [_scaled(path, feature, columns[feature])[:, None] for feature in NUMBERS]
    parts += [
        np.eye(len(known), dtype=np.float32)[_places(path, feature, columns[feature], known)]
        for feature, known in WORDS.items()
    ]
    return Connections(torch.from_numpy(np.concatenate(parts, axis=1)), names)


def _scaled(path: Path, feature: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """A feature that is a number, in the model's scale: shape (n,)."""
    values = _numbers(path, feature, texts)
    if feature not in _SHARES:
        return (np.log1p(values) / _LOGARITHM_UNIT).astype(np.float32)
    if (above := np.flatnonzero(values > 1)).size:
        raise _error(path, feature, texts, int(above[0]), "is not within 0 and 1")
    return values.astype(np.float32)


def _numbers(path: Path, feature: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    values = np.empty(len(texts))
    for row, text in enumerate(texts):
        try:
            values[row] = float(text)
        except ValueError:
            raise _error(path, feature, texts, row, "is no number") from None
    if (wrong := np.flatnonzero(~(np.isfinite(values) & (values >= 0)))).size:
        raise _error(path, feature, texts, int(wrong[0]), "is no finite number from 0")
    return values


def _places(
    path: Path, feature: str, texts: Sequence[str], known: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Where each word stands among those that are known: shape (n,)."""
    places = {word: place for place, word in enumerate(known)}
    for row, text in enumerate(texts):
        if text not in places:
            raise _error(path, feature, texts, row, "is not one of the benchmark's")
    return np.array([places[text] for text in texts], dtype=np.int64)


def _error(path: Path, feature: str, texts: Sequence[str], row: int, what: str) -> DataError:
    return DataError(f"{path}, row {row + 1}: {feature} {texts[row]!r} {what}")
