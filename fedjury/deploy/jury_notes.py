"""Sentences on a jury that somebody chooses, when a task is created or later."""


def notes_on_jury(jurors: int, quorum: int) -> list[str]:
    """What several jurors need that one does not.

    Args:
        jurors: how many the jury has.
        quorum: how many of them must sign.
    """
    if jurors == 1:
        return []
    missing = (
        f"all {jurors} jurors have to sign, so that nobody may be missing: with 4 one may, with 7 "
        "two, at the least quorum"
    )
    alone = (
        "`fedjury oracle` of this version signs alone and ends rounds in a jury of one only: the "
        f"{quorum} signatures that each report of {jurors} jurors needs have to be gathered by "
        "other means, or no round ends but by being voided"
    )
    return [alone] if quorum < jurors else [missing, alone]
