"""Addresses have one spelling."""

from fedjury.checks.addresses import all_spelled, spelled

ADDRESS = "0x22d491Bde2303f2f43325b2108D26f1eAbA1e32b"
LOW = ADDRESS.lower()


def test_an_address_has_its_checksum_alone_and_in_a_sentence() -> None:
    assert spelled(LOW) == ADDRESS
    assert spelled(f"juror {LOW}: {LOW}, gone") == f"juror {ADDRESS}: {ADDRESS}, gone"
    assert spelled(f"0x{LOW[2:].upper()}") == ADDRESS


def test_digests_and_paths_stay_as_they_are() -> None:
    for text in ("0x" + "ab" * 32, f"http://juror.example/{LOW}", LOW[:-1], "x" + LOW):
        assert spelled(text) == text


def test_all_texts_and_keys_of_a_document_are_spelled() -> None:
    found = all_spelled({LOW: {"jurors": (LOW, 3), "by": [f"of {LOW}"]}, "none": None})
    assert found == {ADDRESS: {"jurors": [ADDRESS, 3], "by": [f"of {ADDRESS}"]}, "none": None}
