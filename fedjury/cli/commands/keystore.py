"""`fedjury keystore`: make a key that never leaves its encrypted file."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options

app = typer.Typer(help="Encrypted key files (web3 secret storage).", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="The keystore file.")]


@app.command("new", epilog="Example: fedjury keystore new juror.json --password-file password.txt")
def new(
    file: FileArgument,
    password_file: options.PasswordFileOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Create a new key in a new file and print its address."""
    from fedjury.runtime.keystore import create_keystore, read_password

    _print(create_keystore(file, read_password(password_file, prompt=True)), file, as_json)


@app.command("address", epilog="Example: fedjury keystore address juror.json")
def address(
    file: FileArgument,
    password_file: options.PasswordFileOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Open a keystore and print its address, which shows that the password fits."""
    from fedjury.runtime.keystore import open_account

    _print(open_account(file, password_file).address, file, as_json)


def _print(found: str, file: Path, as_json: bool) -> None:
    from fedjury.cli.output import Output

    Output(as_json).result({"address": found, "file": str(file)}, found)
