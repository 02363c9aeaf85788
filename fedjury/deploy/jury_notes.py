"""Sentences on a jury that somebody chooses, when a task is created or later."""

from fedjury.protocol.juries import least_quorum

_REACHING = (
    "jurors ask each other for what each has: every one of them runs `fedjury oracle` with "
    "--listen and --announce, and names one of the others by --peer"
)


def notes_on_jury(jurors: int, quorum: int) -> list[str]:
    """What several jurors can bear, and what they need that one does not.

    Args:
        jurors: how many the jury has.
        quorum: how many of them must sign.
    """
    if jurors == 1:
        return []
    borne, bearable = jurors - quorum, jurors - least_quorum(jurors)
    notes = [_on_faults(jurors, quorum) if borne else _on_missing(jurors), _REACHING]
    if borne < bearable:
        notes.append(
            f"a quorum of {least_quorum(jurors)} would bear {bearable} of {jurors} jurors down or "
            f"lying, where one of {quorum} bears {borne or 'nobody'}"
        )
    elif borne and (fewer := 3 * borne + 1) < jurors:
        notes.append(
            f"{fewer} jurors bear as many faults as {jurors} do, {borne}, with fewer signatures "
            f"to wait for; {fewer + 3} bear {borne + 1}"
        )
    return notes


def _on_missing(jurors: int) -> str:
    return (
        f"all {jurors} jurors have to sign, so that nobody may be missing: one who is down or lies "
        "stops every round; with 4 one may be, with 7 two, at the least quorum"
    )


def _on_faults(jurors: int, quorum: int) -> str:
    borne = jurors - quorum
    them = "one" if borne == 1 else f"any {borne}"
    return (
        f"{quorum} of {jurors} jurors have to sign: {them} of them may be down, slow or lying, "
        f"and neither stops nor changes a round; {borne + 1} stop rounds, and {quorum} together "
        "write any model"
    )
