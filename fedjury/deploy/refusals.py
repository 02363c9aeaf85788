"""What a task's contract would refuse, found out before anything is written, published or sent."""

from fedjury.errors import TransactionReverted
from fedjury.task.creation import Members, RoundLimits

_UPDATES_LIMIT = 20_000  # the contract's, contracts/libraries/ConfigCodec.sol


def require_acceptable(limits: RoundLimits, members: Members) -> None:
    """Make sure that the contract takes a task's numbers, in the words of who knows its members.

    Raises:
        TransactionReverted: the refusal that the contract would give, with no transaction sent.
    """
    least, most, clients = limits.min_updates, limits.max_updates, len(members.clients)
    if least > most:
        but = f"there are {clients} clients" if most == clients else f"it takes at most {most}"
        _refuse(
            "InvalidUpdateBounds",
            (least, most, _UPDATES_LIMIT),
            f"a round is to close with at least {least} updates, but {but}",
        )
    quorum, jurors = members.quorum, len(members.jurors)
    if quorum > jurors:
        words = f"{quorum} jurors are to sign, but the jury has {jurors}"
        _refuse("InvalidQuorum", (quorum, jurors), words)
    if 2 * quorum <= jurors:
        words = f"more than half of a jury has to sign: of {jurors} jurors {quorum} are too few"
        _refuse("InvalidQuorum", (quorum, jurors), words)
    for error, kind, addresses in (
        ("DuplicateJuror", "juror", members.jurors),
        ("AlreadyRegistered", "client", members.clients),
    ):
        for place, address in enumerate(addresses):
            if address in addresses[:place]:
                _refuse(error, (address,), f"the {kind} {address} is named twice")


def _refuse(error: str, arguments: tuple[object, ...], sentence: str) -> None:
    raise TransactionReverted(error, arguments, sentence)
