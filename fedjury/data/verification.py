"""The jury's private verification set: its file, and the salted hash that the task commits to.

The salt keeps the commitment from being tested against guessed data.
"""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from fedjury.data.dataset import Samples
from fedjury.errors import DataError
from fedjury.runtime.files import write_whole

_FORMAT = "fedjury-verification/1"
_SALT_BYTES = 32
_WIRE_TYPES = {torch.float32: "<f4", torch.int64: "<i8"}


@dataclass(frozen=True)
class VerificationSet:
    """Labelled samples and their 32-byte salt."""

    samples: Samples
    salt: bytes

    def __len__(self) -> int:
        """How many labels count: what a spec calls its samples, and the largest possible count."""
        return len(self.samples.labels)

    def commitment(self) -> str:
        """``0x`` + sha256(salt ‖ kind ‖ inputs ‖ labels as <i8).

        Of float32 inputs (<f4) with one label each and no padding, the kind is the inputs' shape,
        as ``(2, 28, 28)``; of others (int64 is <i8) a line that names types, shapes and padding, as
        ``int64 (2, 6) labels (2, 6) padding -100``. Sets that differ in anything so differ in what
        is hashed.
        """
        x, y = self.samples.x, self.samples.y
        digest = hashlib.sha256(self.salt)
        digest.update(_kind(self.samples).encode())
        digest.update(x.contiguous().numpy().astype(_WIRE_TYPES[x.dtype]).tobytes())
        digest.update(y.contiguous().numpy().astype("<i8").tobytes())
        return "0x" + digest.hexdigest()


def _kind(samples: Samples) -> str:
    """What the commitment's bytes mean: begins with a bracket, and ends with the first closing
    one, in the plain case; else begins with a letter, and ends with the line."""
    shape, labels, padding = tuple(samples.x.shape), tuple(samples.y.shape), samples.padding
    if samples.x.dtype == torch.float32 and len(labels) == 1 and padding is None:
        return repr(shape)
    inputs = "float32" if samples.x.dtype == torch.float32 else "int64"
    return f"{inputs} {shape} labels {labels} padding {padding}\n"


def new_verification_set(samples: Samples) -> VerificationSet:
    """Salt samples with fresh randomness."""
    return VerificationSet(samples, secrets.token_bytes(_SALT_BYTES))


def save_verification_set(verification: VerificationSet, path: Path) -> None:
    """Write the file that jurors share out of band, readable by its owner alone."""
    samples = verification.samples
    # Labels may be the inputs themselves, and the library writes no memory twice.
    tensors = {"x": samples.x.contiguous(), "y": samples.y.contiguous().clone()}
    metadata = {"format": _FORMAT, "salt": verification.salt.hex()}
    if samples.padding is not None:
        metadata["padding"] = str(samples.padding)
    write_whole(path, save(tensors, metadata), private=True)


def load_verification_set(path: Path) -> VerificationSet:
    """Read a file that `save_verification_set` wrote.

    Raises:
        DataError: missing, damaged, or another kind of file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            salt = bytes.fromhex(metadata.get("salt", ""))
            padding = int(metadata["padding"]) if "padding" in metadata else None
            x, y = file.get_tensor("x"), file.get_tensor("y")
    except (OSError, SafetensorError, ValueError) as error:
        raise DataError(f"{path} is no readable verification set: {error}") from error
    if metadata.get("format") != _FORMAT or len(salt) != _SALT_BYTES:
        raise DataError(f"{path} is not a verification set of this version")
    try:
        return VerificationSet(Samples(x, y, padding), salt)
    except DataError as error:
        raise DataError(f"{path} is no verification set: {error}") from error


def verification_file_name(commitment: str) -> str:
    """The name under which `fedjury deploy` writes a set's file, different for every set."""
    return f"verification-{commitment[2:10]}.safetensors"
