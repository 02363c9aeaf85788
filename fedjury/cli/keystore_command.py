"""`fedjury keystore`: make a key that never leaves its encrypted file."""

from pathlib import Path
from typing import Annotated

import typer

from fedjury.cli import options
from fedjury.cli.output import Output
from fedjury.keystore import create_keystore, load_account, read_password

app = typer.Typer(help="Encrypted key files (web3 secret storage).", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="The keystore file.")]


@app.command("new", epilog="Example: fedjury keystore new juror.json --password-file password.txt")
def new(
    file: FileArgument,
    password_file: options.PasswordFileOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Create a new key in a new file and print its address."""
    address = create_keystore(file, read_password(password_file, prompt=True))
    Output(as_json).result({"address": address, "file": str(file)}, address)


@app.command("address", epilog="Example: fedjury keystore address juror.json")
def address(
    file: FileArgument,
    password_file: options.PasswordFileOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Open a keystore and print its address, which shows that the password fits."""
    account = load_account(file, read_password(password_file, prompt=True))
    Output(as_json).result({"address": account.address, "file": str(file)}, account.address)
