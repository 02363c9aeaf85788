"""What `fedjury roster` shows."""

from pathlib import Path

from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.errors import ConfigError
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.task.roster_change import KnownRoster


def show_roster(known: KnownRoster, output: Output, *, members: bool) -> None:
    """A roster that is set.

    Args:
        known: the roster.
        output: where to.
        members: whether its members are listed; people then see nothing else.
    """
    event, roster = known.event, known.members
    document: dict[str, object] = {
        "version": event.version,
        "size": event.size,
        "root": "0x" + event.root.hex(),
        "file": event.digest.cid if roster.size else None,
    }
    if members:
        output.result({**document, "members": roster.members}, "\n".join(roster.members))
        return
    what = counted(roster.size, "member") if roster.size else "nobody"
    lines = [f"roster {event.version} of {what}", f"root   0x{event.root.hex()}"]
    if roster.size:
        lines.append(f"file   {event.digest.cid}")
    output.result(document, "\n".join(lines))


def show_proof(known: KnownRoster, account: str, output: Output) -> None:
    """A client's proof.

    Raises:
        ConfigError: the client is not in the roster.
    """
    if account not in known.members:
        raise ConfigError(f"{account} is not in roster {known.event.version}")
    hashes = ["0x" + each.hex() for each in known.members.proof(account)]
    document = {"account": account, "version": known.event.version, "proof": hashes}
    text = f"{account} is in roster {known.event.version}"
    output.result(document, "\n".join([text, *hashes]))


def show_made(roster: Roster, out: Path, output: Output) -> None:
    """A roster's file that was written."""
    root, cid = "0x" + roster.root.hex(), Digest.of(roster.to_bytes()).cid
    document = {"size": roster.size, "root": root, "file": cid, "out": str(out)}
    text = f"{out} holds a roster of {counted(roster.size, 'member')}\nroot   {root}\nfile   {cid}"
    output.result(document, text)
