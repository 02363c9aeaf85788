"""The files of a run, and the command lines of everyone who takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from eth_account.signers.local import LocalAccount

from experiments.chaos.settings import ATTACK, GENESIS_SEED, LEARNING_RATE, MODEL, Settings
from fedjury.devnet import devnet_accounts
from fedjury.devnet.keystores import write_keystores

Words = list[object]
DISCLOSURE_DEPTH = 2
_COORDINATOR, _RELAYER, _FIRST_JUROR = 0, 1, 2


@dataclass(frozen=True)
class Room:
    """The directory of a run.

    Attributes:
        directory: for all files; its own.
        settings: of the run.
    """

    directory: Path
    settings: Settings

    @property
    def deployment(self) -> Path:
        """The file that says where the task is."""
        return self.directory / "task" / "deployment.json"

    @property
    def slices(self) -> Path:
        """The directory of the jury's samples."""
        return self.directory / "verification"

    @cached_property
    def accounts(self) -> Sequence[LocalAccount]:
        """Coordinator, relayer, jurors, clients."""
        made = devnet_accounts(self.settings.accounts)
        write_keystores(self.directory / "keys", self.directory / "password.txt", made)
        return made

    @property
    def relayer(self) -> LocalAccount:
        """Who posts batches."""
        return self.accounts[_RELAYER]

    @property
    def jurors(self) -> Sequence[LocalAccount]:
        """The jury."""
        return self.accounts[_FIRST_JUROR : _FIRST_JUROR + self.settings.jurors]

    @property
    def clients(self) -> Sequence[LocalAccount]:
        """The roster, by index."""
        return self.accounts[_FIRST_JUROR + self.settings.jurors :]

    def key(self, account: LocalAccount) -> Words:
        """The options that open an account."""
        name = f"{self.accounts.index(account)}-{account.address}.json"
        keystore = self.directory / "keys" / name
        return ["--keystore", keystore, "--password-file", self.directory / "password.txt"]

    def verification(self) -> Words:
        """The command that makes the jury's samples."""
        return ["verification", "new", "--slices", self.settings.slices, "--out", self.slices]

    def deploy(self, rpc: str, store: str) -> Words:
        """The command that creates the task."""
        wanted = self.settings
        ending: Words = ["--rounds", 0]
        if wanted.slices > 1:
            ending = ["--disclose", "--disclosure-depth", DISCLOSURE_DEPTH]
        members: Words = ["--relayer", self.relayer.address]
        for juror in self.jurors:
            members += ["--juror", juror.address]
        for client in self.clients:
            members += ["--client", client.address]
        times = ["--round-seconds", wanted.round_seconds, "--batch-seconds", wanted.batch_seconds]
        times += ["--availability-seconds", wanted.availability_seconds]
        times += ["--grace-seconds", 100_000, *ending]
        sizes = ["--min-updates", wanted.clients - wanted.poisoners, "--max-updates", 100]
        where = ["--rpc", rpc, "--store", store, "--out", self.deployment]
        where += ["--commitments", self.slices / "commitments.json"]
        model = [*MODEL, "--learning-rate", LEARNING_RATE, "--genesis-seed", GENESIS_SEED]
        coordinator = self.key(self.accounts[_COORDINATOR])
        return ["deploy", *coordinator, *where, *members, *times, *sizes, *model]

    def daemon(self, kind: str, account: LocalAccount, rpc: Sequence[str], store: str) -> Words:
        """The beginning of each daemon's command."""
        words: Words = [kind, *self.key(account), "--deployment", self.deployment]
        for url in rpc:
            words += ["--rpc", url]
        return [*words, "--store", store, "--poll", self.settings.poll_seconds]

    def client(self, index: int, relay: str | None) -> Words:
        """What a client's command has beside that."""
        words: Words = ["--data", "digits", "--shard", f"{index + 1}/{self.settings.clients}"]
        if relay is not None and self.settings.is_relayed(index):
            words += ["--relay", relay]
        return [*words, "--poison", ATTACK] if self.settings.poisons(index) else words

    def juror(self, port: int, monitor: int, urls: Sequence[str], index: int) -> Words:
        """What a juror's command has beside that.

        Args:
            port: that it listens at.
            monitor: where it tells its metrics.
            urls: of all jurors, as others reach them; none for a jury of one.
            index: of the juror.
        """
        words: Words = ["--verification", self.slices, "--threads", 1]
        words += ["--monitor", f"127.0.0.1:{monitor}"]
        if not urls:
            return words
        words += ["--listen", f"127.0.0.1:{port}", "--announce", urls[index]]
        for url in [*urls[:index], *urls[index + 1 :]]:
            words += ["--peer", url]
        return words

    def relay(self, port: int) -> Words:
        """What the relay's command has beside that."""
        return ["--listen", f"127.0.0.1:{port}", "--margin", 2, "--client-rate", 0]
