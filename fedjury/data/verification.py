"""The jury's samples of one slice: their file, and the salted hash that the task commits to.

The salt keeps the commitment from being tested against guessed data. What is committed to is not
the file's CID, which would be the key to fetch it with.
"""

import hashlib
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from fedjury.data.dataset import Samples
from fedjury.errors import DataError
from fedjury.protocol.tensors import decode, encode, settle_
from fedjury.runtime.files import write_whole

FORMAT = "fedjury-verification/2"
SUFFIX = ".safetensors"
_LEAST_BITS = 0x00800000  # of the least normal float32, `fedjury.protocol.tensors.LEAST`
_COMMITMENT_TAG = b"fedjury-slice/2"
_SALT_BYTES = 32
_NAMES = {"x", "y"}
_ROWS_AT_A_TIME = 256


@dataclass(frozen=True)
class VerificationSet:
    """Labelled samples and their 32-byte salt.

    Float32 inputs below `LEAST` in magnitude are zero, and zero has no sign, as in every other
    file of the protocol: no verdict may depend on whether a processor flushes them.
    """

    samples: Samples
    salt: bytes

    def __post_init__(self) -> None:
        x = self.samples.x
        if x.dtype == torch.float32 and _has_unsettled(x):
            settled = settle_(x.clone(memory_format=torch.contiguous_format))
            object.__setattr__(
                self, "samples", Samples(settled, self.samples.y, self.samples.padding)
            )

    def __len__(self) -> int:
        """How many labels count: what a spec calls its samples, and the largest possible count."""
        return len(self.samples.labels)

    def to_bytes(self) -> bytes:
        """The canonical file: safetensors of x and y, metadata format, salt and padding if any.

        Its digest (`Digest.of`) is the CID under which the slice is disclosed.
        """
        metadata = {"format": FORMAT, "salt": self.salt.hex()}
        if self.samples.padding is not None:
            metadata["padding"] = str(self.samples.padding)
        return encode({"x": self.samples.x, "y": self.samples.y}, metadata)

    def commitment(self) -> str:
        """``0x`` + sha256("fedjury-slice/2" ‖ salt ‖ sha256(file))."""
        return commitment_of(self.salt, self._file_hash)

    @cached_property
    def _file_hash(self) -> bytes:
        return hashlib.sha256(self.to_bytes()).digest()


def commitment_of(salt: bytes, file_hash: bytes) -> str:
    """``0x`` + sha256("fedjury-slice/2" ‖ salt ‖ sha256(file)).

    Args:
        salt: 32 bytes.
        file_hash: sha256 of the sample file, 32 bytes.
    """
    return "0x" + hashlib.sha256(_COMMITMENT_TAG + salt + file_hash).hexdigest()


def new_verification_set(samples: Samples) -> VerificationSet:
    """Salt samples with fresh randomness."""
    return VerificationSet(samples, secrets.token_bytes(_SALT_BYTES))


def save_verification_set(verification: VerificationSet, path: Path) -> None:
    """Write the file that jurors share out of band, readable by its owner alone.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, verification.to_bytes(), private=True)


def read_verification_set(data: bytes, name: str) -> VerificationSet:
    """The set in the bytes of a sample file, which have to be the canonical ones.

    Args:
        data: of the file.
        name: of the file or of what gave it, for errors.

    Raises:
        DataError: damaged, another kind of file, another version, or not as `to_bytes` writes it.
    """
    try:
        tensors, metadata = decode(data)
    except ValueError as error:
        raise DataError(f"{name} is no readable sample file: {error}") from error
    if metadata.get("format") != FORMAT:
        raise DataError(f"{name} is no sample file of this version: {_format_of(metadata)}")
    if tensors.keys() != _NAMES:
        raise DataError(f"{name} is no sample file: it holds {sorted(tensors)}, not x and y")
    try:
        salt = _salt_of(metadata)
        padding = int(metadata["padding"]) if "padding" in metadata else None
        found = VerificationSet(Samples(tensors["x"], tensors["y"], padding), salt)
    except (DataError, ValueError) as error:
        raise DataError(f"{name} is no sample file: {error}") from error
    if found.to_bytes() != data:
        raise DataError(
            f"{name} is not the canonical file of its samples, so that its hash is another: make "
            "it by `fedjury verification new`, and do not write it anew with another program"
        )
    return found


def load_verification_set(path: Path) -> VerificationSet:
    """Read one sample file.

    Raises:
        DataError: missing or unreadable, or as `read_verification_set`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"the sample file {path} cannot be read: {error.strerror}") from error
    return read_verification_set(data, str(path))


def slice_file_name(number: int, commitment: str) -> str:
    """The name of a slice's file, different for every slice.

    Args:
        number: of the slice, from 1.
        commitment: its own.
    """
    return f"slice-{number}-{commitment[2:10]}{SUFFIX}"


def _format_of(metadata: dict[str, str]) -> str:
    given = metadata.get("format")
    return "it names no format" if given is None else f"its format is {given!r}, not {FORMAT!r}"


def _salt_of(metadata: dict[str, str]) -> bytes:
    """Raises ValueError where there is no salt of 32 bytes."""
    salt = bytes.fromhex(metadata.get("salt", ""))
    if len(salt) != _SALT_BYTES:
        raise ValueError(f"its salt is {len(salt)} bytes long, not {_SALT_BYTES}")
    return salt


def _has_unsettled(x: torch.Tensor) -> bool:
    """Whether some number is other than zero and below `LEAST`, or a negative zero.

    It goes by the bits, since a comparison may already take such a number for zero.
    """
    return any(
        bool(((bits != 0) & (bits.bitwise_and(0x7FFFFFFF) < _LEAST_BITS)).any())
        for bits in torch.split(x.view(torch.int32), _ROWS_AT_A_TIME)
    )
