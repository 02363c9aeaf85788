"""The account of a daemon that can do without one."""

from dataclasses import dataclass
from pathlib import Path

from fedjury.cli import options
from fedjury.cli.check_options import OptionalKeystoreOption
from fedjury.errors import ConfigError


@dataclass(frozen=True)
class OptionalKeyOptions:
    """The account that a command acts for, unless it is a dry run."""

    keystore: OptionalKeystoreOption = None
    password_file: options.PasswordFileOption = None

    def required(self) -> Path:
        """The keystore file.

        Raises:
            ConfigError: it is not named.
        """
        if self.keystore is None:
            raise ConfigError("name the account's keystore with --keystore, or add --dry")
        return self.keystore
