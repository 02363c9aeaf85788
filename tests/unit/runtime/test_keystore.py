import json
import stat
from pathlib import Path

import pytest
from eth_account import Account

from fedjury.errors import KeystoreError
from fedjury.runtime.keystore import create_keystore, load_account, open_account, read_password

WORK = 2  # scrypt's least cost


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "juror.json"
    create_keystore(path, "secret", work=WORK)
    return path


def test_round_trip(tmp_path: Path) -> None:
    account = Account.create()
    path = tmp_path / "key.json"
    assert create_keystore(path, "pässword", account=account, work=WORK) == account.address
    assert load_account(path, "pässword").key == account.key
    assert account.key.hex() not in path.read_text()


def test_a_new_key_each_time(tmp_path: Path) -> None:
    one = create_keystore(tmp_path / "1", "x", work=WORK)
    assert one != create_keystore(tmp_path / "2", "x", work=WORK)


def test_only_the_owner_may_read_it(keystore: Path) -> None:
    assert stat.S_IMODE(keystore.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeystoreError, match=r"cannot be written: (File exists|Not a directory)"):
        create_keystore(tmp_path / "file" / "key.json", "secret", work=4)


def test_never_overwrites(keystore: Path) -> None:
    before = keystore.read_bytes()
    with pytest.raises(KeystoreError, match="exists already"):
        create_keystore(keystore, "other", work=WORK)
    assert keystore.read_bytes() == before


def test_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="not empty"):
        create_keystore(tmp_path / "key.json", "")


def test_strong_scrypt_by_default(tmp_path: Path) -> None:
    create_keystore(tmp_path / "key.json", "x")
    crypto = json.loads((tmp_path / "key.json").read_text())["crypto"]
    assert (crypto["kdf"], crypto["kdfparams"]["n"]) == ("scrypt", 2**18)


def test_a_wrong_password(keystore: Path) -> None:
    with pytest.raises(KeystoreError, match="does not open"):
        load_account(keystore, "guess")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="there is no keystore"):
        load_account(tmp_path / "nothing", "x")
    with pytest.raises(KeystoreError, match="cannot be read"):
        load_account(tmp_path, "x")


@pytest.mark.parametrize(
    "content", ["", "not json", "[]", "{}", "null", '{"version": 3}', '{"version": 3, "crypto": 1}']
)
def test_no_keystore(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(KeystoreError, match="is no keystore"):
        load_account(path, "x")


@pytest.mark.parametrize("part", ["ciphertext", "kdf", "kdfparams", "mac"])
def test_a_damaged_keystore(keystore: Path, part: str) -> None:
    content = json.loads(keystore.read_text())
    content["crypto"][part] = "zz"
    keystore.write_text(json.dumps(content))
    with pytest.raises(KeystoreError):
        load_account(keystore, "secret")


def test_password_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEDJURY_PASSWORD", "not this")
    file = tmp_path / "password"
    file.write_text(" with spaces \r\n")
    assert read_password(file) == " with spaces "
    monkeypatch.setenv("FEDJURY_PASSWORD_FILE", str(file))
    assert read_password() == " with spaces "


def test_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEDJURY_PASSWORD_FILE", raising=False)
    monkeypatch.setenv("FEDJURY_PASSWORD", "secret")
    assert read_password() == "secret"


def test_password_from_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEDJURY_PASSWORD_FILE", raising=False)
    monkeypatch.delenv("FEDJURY_PASSWORD", raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: "typed")
    assert read_password(prompt=True) == "typed"
    with pytest.raises(KeystoreError, match="FEDJURY_PASSWORD_FILE"):
        read_password()


def test_an_account_is_opened_with_what_its_user_says(keystore: Path, tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text("secret\n")
    assert open_account(keystore, password_file).key == load_account(keystore, "secret").key


def test_an_unreadable_password_file(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="cannot be read"):
        read_password(tmp_path / "nothing")
    (tmp_path / "binary").write_bytes(b"\xff\xff")
    with pytest.raises(KeystoreError, match="not UTF-8"):
        read_password(tmp_path / "binary")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
@pytest.mark.parametrize("password", ["secret", "  with spaces\t", "pässwörd", "two\nlines", "€\n"])
def test_a_password_file_of_any_editor(
    encoding: str, end: str, password: str, tmp_path: Path
) -> None:
    if not end and password.endswith("\n"):
        end = "\n"  # one line end is the file's own
    (tmp_path / "password").write_bytes(f"{password}{end}".encode(encoding))
    assert read_password(tmp_path / "password") == password


@pytest.mark.parametrize(
    "content",
    [
        "pässwörd".encode("latin-1"),
        "secret".encode("utf-16-le"),
        b"\xff\xfes\x00\x00",
        b"\xef\xbb\xbf\xff",
        b"sec\0ret",
    ],
)
def test_a_password_file_that_is_no_text_is_refused_without_its_content(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(KeystoreError) as refused:
        read_password(tmp_path / "password")
    why = "is not UTF-8 text: save it as UTF-8"
    assert str(refused.value) == f"the password file {tmp_path / 'password'} {why}"
    assert refused.value.__suppress_context__


def test_a_password_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEDJURY_PASSWORD_FILE", raising=False)
    monkeypatch.setenv("FEDJURY_PASSWORD", "\udcff")
    with pytest.raises(KeystoreError, match="FEDJURY_PASSWORD is not UTF-8 text"):
        read_password()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_keystore_that_an_editor_saved_opens(
    encoding: str, keystore: Path, tmp_path: Path
) -> None:
    text = keystore.read_text().replace("\n", "\r\n") + "\r\n"
    (tmp_path / "saved").write_bytes(text.encode(encoding))
    assert load_account(tmp_path / "saved", "secret").key == load_account(keystore, "secret").key
