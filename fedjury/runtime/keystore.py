"""Keystore files (Web3 Secret Storage, version 3) and the passwords that open them."""

import getpass
import json
import os
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.errors import KeystoreError
from fedjury.runtime.files import OWNER_ONLY, read_text_file
from fedjury.runtime.redaction import keep_secret

PASSWORD_VARIABLE = "FEDJURY_PASSWORD"
PASSWORD_FILE_VARIABLE = "FEDJURY_PASSWORD_FILE"
SCRYPT_WORK = 2**18  # geth's standard: about a second and 256 MiB


def load_account(path: Path, password: str) -> LocalAccount:
    """Open a keystore file.

    Raises:
        KeystoreError: it is missing, is no keystore, or does not open with this password.
    """
    try:
        content = json.loads(read_text_file(path))
    except FileNotFoundError:
        raise KeystoreError(f"there is no keystore at {path}") from None
    except OSError as error:
        raise KeystoreError(f"the keystore {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise KeystoreError(f"{path} is no keystore: it is not JSON") from None
    if not isinstance(content, dict):
        raise KeystoreError(f"{path} is no keystore")
    keep_secret([password])
    account: LocalAccount = Account.from_key(_decrypt(content, path, password))
    keep_secret([account.key.hex().removeprefix("0x")])
    return account


def open_account(keystore: Path, password_file: Path | None) -> LocalAccount:
    """The account of a keystore file; asks on the terminal where no password is given.

    Raises:
        KeystoreError: as `load_account` and `read_password`.
    """
    return load_account(keystore, read_password(password_file, prompt=True))


def _decrypt(content: dict[str, object], path: Path, password: str) -> bytes:
    # "from None" throughout: no traceback may hold what was being decrypted
    try:
        return bytes(Account.decrypt(content, password))
    except ValueError as error:
        if "mac mismatch" in str(error).lower():
            raise KeystoreError(f"the password does not open the keystore {path}") from None
        raise KeystoreError(f"the keystore {path} is damaged") from None
    except (KeyError, TypeError, AttributeError, NotImplementedError, MemoryError):
        raise KeystoreError(f"{path} is no keystore of version 3, or damaged") from None


def create_keystore(
    path: Path,
    password: str,
    *,
    account: LocalAccount | None = None,
    work: int = SCRYPT_WORK,
) -> str:
    """Write a new keystore that only its owner may read, and return the account's address.

    Args:
        account: whose key to keep; a new random one if None.
        work: scrypt's cost N, a power of two; less than the default is for tests.

    Raises:
        KeystoreError: the password is empty, the file exists, or it cannot be written.
    """
    if not password:
        raise KeystoreError("a keystore needs a password that is not empty")
    if path.exists():
        raise KeystoreError(f"{path} exists already and is not overwritten")
    kept: LocalAccount = account or Account.create()
    text = json.dumps(Account.encrypt(kept.key, password, kdf="scrypt", iterations=work))
    _write_new(path, text)
    return kept.address


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KeystoreError(f"the keystore {path} cannot be written: {error.strerror}") from None
    try:
        with open(
            path,
            "x",
            encoding="utf-8",
            opener=lambda name, flags: os.open(name, flags, OWNER_ONLY),
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise KeystoreError(f"{path} exists already and is not overwritten") from None
    except OSError as error:
        raise KeystoreError(f"the keystore {path} cannot be written: {error.strerror}") from None


def read_password(password_file: Path | None = None, *, prompt: bool = False) -> str:
    """The password for a keystore, from the first of these that is there.

    `password_file`, the file named by FEDJURY_PASSWORD_FILE, FEDJURY_PASSWORD itself, and if
    `prompt` the terminal. A byte order mark and one line end at the end of a file are not part of
    the password; spaces are.

    Raises:
        KeystoreError: none is there, or the file cannot be read.
    """
    named = password_file or os.environ.get(PASSWORD_FILE_VARIABLE)
    if named:
        return _from_file(Path(named))
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return _encodable(given, PASSWORD_VARIABLE)
    if prompt:
        try:
            return _encodable(getpass.getpass("Keystore password: "), "the password")
        except (EOFError, OSError):
            raise KeystoreError("no password was entered") from None
    raise KeystoreError(
        f"no keystore password: name a password file, or set {PASSWORD_FILE_VARIABLE} "
        f"or {PASSWORD_VARIABLE}"
    )


def _encodable(password: str, what: str) -> str:
    """A password that can be written as UTF-8, of which the key is made."""
    try:
        password.encode()
    except UnicodeEncodeError:
        raise KeystoreError(f"{what} is not UTF-8 text") from None
    return password


def _from_file(path: Path) -> str:
    try:
        text = read_text_file(path)
    except OSError as error:
        raise KeystoreError(f"the password file {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise KeystoreError(f"the password file {path} {error}") from None
    return text.removesuffix("\n").removesuffix("\r")
