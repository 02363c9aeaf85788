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


@dataclass(frozen=True)
class VerificationSet:
    """Labelled samples and their 32-byte salt."""

    samples: Samples
    salt: bytes

    def __len__(self) -> int:
        return len(self.samples)

    def commitment(self) -> str:
        """``0x`` + sha256(salt ‖ input shape ‖ inputs as <f4 ‖ labels as <i8)."""
        digest = hashlib.sha256(self.salt)
        digest.update(repr(tuple(self.samples.x.shape)).encode())
        digest.update(self.samples.x.contiguous().numpy().astype("<f4").tobytes())
        digest.update(self.samples.y.contiguous().numpy().astype("<i8").tobytes())
        return "0x" + digest.hexdigest()


def new_verification_set(samples: Samples) -> VerificationSet:
    """Salt samples with fresh randomness."""
    return VerificationSet(samples, secrets.token_bytes(_SALT_BYTES))


def save_verification_set(verification: VerificationSet, path: Path) -> None:
    """Write the file that jurors share out of band, readable by its owner alone."""
    tensors = {"x": verification.samples.x.contiguous(), "y": verification.samples.y.contiguous()}
    metadata = {"format": _FORMAT, "salt": verification.salt.hex()}
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
            x, y = file.get_tensor("x"), file.get_tensor("y")
    except (OSError, SafetensorError, ValueError) as error:
        raise DataError(f"{path} is no readable verification set: {error}") from error
    if metadata.get("format") != _FORMAT or len(salt) != _SALT_BYTES:
        raise DataError(f"{path} is not a verification set of this version")
    return VerificationSet(Samples(x.to(torch.float32), y.to(torch.int64)), salt)


def verification_file_name(commitment: str) -> str:
    """The name under which `fedjury deploy` writes a set's file, different for every set."""
    return f"verification-{commitment[2:10]}.safetensors"
