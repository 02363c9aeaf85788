"""The deployment file: what `fedjury deploy` writes and every other command reads."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fedjury.chain.rpc.block import BlockTag
from fedjury.checks.validation import first_error
from fedjury.errors import ConfigError
from fedjury.runtime.files import read_text_file, write_whole

_ADDRESS = r"^0x[0-9a-fA-F]{40}$"


class Deployment(BaseModel):
    """Where a task lives and who takes part.

    Nothing in it is secret as `fedjury deploy` writes it. Its owner may add an API key or a
    password to a location: the file is readable by its owner alone.

    Attributes:
        rpc, store: locations that the other commands use unless told otherwise; of a URL scheme,
            host and port.
        block: the block that created the task; events are read from here.
        spec, genesis: CIDs.
        roster: CID of the first roster's file; None for a roster of nobody. A client's place in it
            says which shard of the training data is its own.
        clients: how many are in that roster.
        data: the dataset's name; `partition_seed` and the scheme `partition` share its training
            part.
        confirmations: with which daemons read the chain, unless told otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    chain_id: int
    rpc: str
    store: str
    factory: str = Field(pattern=_ADDRESS)
    task: str = Field(pattern=_ADDRESS)
    block: int = Field(ge=0)
    spec: str
    genesis: str
    coordinator: str = Field(pattern=_ADDRESS)
    jurors: list[str]
    roster: str | None
    clients: int = Field(ge=0)
    data: str
    partition: str
    partition_seed: int
    confirmations: Annotated[int, Field(ge=0)] | BlockTag = 0

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all, for its owner alone."""
        write_whole(path, self.model_dump_json(indent=2) + "\n", private=True)


def load_deployment(path: Path) -> Deployment:
    """Read a deployment file.

    Raises:
        ConfigError: missing, or not one.
    """
    try:
        return Deployment.model_validate_json(read_text_file(path))
    except OSError as error:
        raise ConfigError(
            f"the deployment file {path} cannot be read ({error.strerror}): run `fedjury deploy` "
            "or name another with --deployment"
        ) from error
    except ValidationError as error:
        raise ConfigError(
            f"{path} is no deployment file: {first_error(error, 'the file')}"
        ) from error
    except ValueError as error:
        raise ConfigError(f"{path} is no deployment file: it {error}") from None
