"""How events name jurors."""

from fedjury.checks.addresses import all_spelled


class NamesJurors:
    """An event that names jurors: by checksummed addresses (EIP-55), as `fedjury status` does,
    however they are spelled where it is made."""

    def __post_init__(self) -> None:
        for name in ("juror", "jurors", "signers", "reason"):
            if hasattr(self, name):
                object.__setattr__(self, name, all_spelled(getattr(self, name)))
