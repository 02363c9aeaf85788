"""The batch file: its bytes, what is refused, and 100,000 spoiled files."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.batch_file import (
    ENTRY_BYTES,
    HEAD_BYTES,
    HIGHEST_S,
    MAGIC,
    BatchEntry,
    BatchFile,
    batch_bytes,
    is_plain_signature,
)
from fedjury.protocol.digest import Digest
from tests.support.fuzzing import FUZZ

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
ONE = BatchEntry("0x" + "11" * 20, Digest(b"\xaa" * 32), b"\x01" * 32 + b"\x02" * 32 + b"\x1b")
OTHER = BatchEntry(
    "0xfefeFEFeFEFEFEFEFeFefefefefeFEfEfefefEfe",  # as EIP-55 spells it
    Digest(b"\xbb" * 32),
    b"\x03" * 32 + b"\x04" * 32 + b"\x1c",
)
# Written by hand: magic, count, and for each entry address, digest, r, s, v.
VECTOR = bytes.fromhex(
    "6665646a75727902"
    "00000002"
    "1111111111111111111111111111111111111111"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "0101010101010101010101010101010101010101010101010101010101010101"
    "0202020202020202020202020202020202020202020202020202020202020202"
    "1b"
    "fefefefefefefefefefefefefefefefefefefefe"
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    "0303030303030303030303030303030303030303030303030303030303030303"
    "0404040404040404040404040404040404040404040404040404040404040404"
    "1c"
)


def _signature(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def _entry(client: bytes, digest: bytes, r: int, s: int, v: int) -> BatchEntry:
    return BatchEntry("0x" + client.hex(), Digest(digest), _signature(r, s, v))


ENTRIES = st.lists(
    st.builds(
        _entry,
        st.binary(min_size=20, max_size=20),
        st.binary(min_size=32, max_size=32),
        st.integers(0, 2**256 - 1),
        st.integers(0, HIGHEST_S),
        st.sampled_from([27, 28]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda entry: entry.client,
)


def _lines(content: bytes) -> list[bytes]:
    return [content[at : at + ENTRY_BYTES] for at in range(HEAD_BYTES, len(content), ENTRY_BYTES)]


def _file(lines: Sequence[bytes], count: int | None = None) -> bytes:
    size = len(lines) if count is None else count
    return MAGIC + size.to_bytes(4, "big") + b"".join(lines)


def test_the_bytes_are_the_protocols() -> None:
    assert BatchFile.of([OTHER, ONE]).content == VECTOR
    assert list(BatchFile.from_bytes(VECTOR)) == [ONE, OTHER]
    assert len(VECTOR) == 12 + 2 * 117


@FUZZ
@given(ENTRIES, st.randoms())
def test_a_file_gives_its_entries_back_ascending_by_client(
    entries: list[BatchEntry], chance: random.Random
) -> None:
    mixed = list(entries)
    chance.shuffle(mixed)
    file = BatchFile.of(mixed)
    ascending = sorted(entries, key=lambda entry: int(entry.client, 16))
    assert len(file) == len(entries)
    assert [entry.client.lower() for entry in file] == [entry.client for entry in ascending]
    assert [replace(entry, client=entry.client.lower()) for entry in file] == ascending
    assert BatchFile.of(file) == BatchFile.from_bytes(file.content) == file
    assert len(file.content) == batch_bytes(len(entries))


@FUZZ
@given(ENTRIES, st.binary(min_size=20, max_size=20))
def test_a_clients_place_is_found_and_a_strangers_is_none(
    entries: list[BatchEntry], stranger: bytes
) -> None:
    file = BatchFile.of(entries)
    clients = [entry.client for entry in file]
    assert [file.place_of(client) for client in clients] == list(range(len(clients)))
    assert [file.place_of(client.lower()) for client in clients] == list(range(len(clients)))
    for place, client in enumerate(clients):
        assert file.entry(place).client == client
    text = "0x" + stranger.hex()
    if text not in [client.lower() for client in clients]:
        assert file.place_of(text) is None


def test_an_addresses_own_spelling_comes_back() -> None:
    file = BatchFile.of([replace(OTHER, client=OTHER.client.lower())])
    assert file.entry(0) == OTHER


@pytest.mark.parametrize("client", [b"\x00" * 20, b"\xff" * 20])
def test_the_least_and_the_greatest_address_are_clients(client: bytes) -> None:
    file = BatchFile.of([_entry(client, bytes(32), 1, 1, 27), ONE])
    assert file.place_of("0x" + client.hex()) == (0 if client[0] == 0 else 1)


@pytest.mark.parametrize("digest", [b"\x00" * 32, b"\xff" * 32])
@pytest.mark.parametrize("r", [0, 1, ORDER - 1, ORDER, 2**256 - 1])
def test_any_digest_and_any_r_are_well_formed(digest: bytes, r: int) -> None:
    entry = _entry(b"\x11" * 20, digest, r, 1, 28)
    assert list(BatchFile.of([entry])) == [entry]


@pytest.mark.parametrize(
    ("s", "is_plain"),
    [
        (0, True),
        (1, True),
        (HIGHEST_S, True),
        (HIGHEST_S + 1, False),
        (ORDER - 1, False),
        (ORDER, False),
        (2**256 - 1, False),
    ],
)
def test_the_highest_s_is_half_of_the_curves_order(s: int, is_plain: bool) -> None:
    assert HIGHEST_S == ORDER // 2
    entry = replace(ONE, signature=_signature(1, s, 27))
    assert is_plain_signature(entry.signature) is is_plain
    if is_plain:
        assert list(BatchFile.of([entry])) == [entry]
    else:
        with pytest.raises(ValueError, match="the signature of entry 0 has a high s"):
            BatchFile.of([entry])


@pytest.mark.parametrize("v", [0, 1, 2, 26, 29, 30, 37, 38, 255])
def test_no_other_v_than_27_and_28_is_taken(v: int) -> None:
    entry = replace(OTHER, signature=_signature(1, 1, v))
    assert not is_plain_signature(entry.signature)
    with pytest.raises(ValueError, match=r"the signature of entry 1 has .* a v but 27 and 28"):
        BatchFile.of([ONE, entry])
    with pytest.raises(ValueError, match=r"the signature of entry 1 has .* a v but 27 and 28"):
        BatchFile.from_bytes(_file([ONE.to_bytes(), entry.to_bytes()]))


@pytest.mark.parametrize("length", [0, 1, 64, 66, 130])
def test_a_signature_of_another_length_is_not_plain(length: int) -> None:
    assert not is_plain_signature(b"\x1b" * length)


def test_what_two_signatures_have_too_much_and_too_little_does_not_even_out() -> None:
    # together their lines are as long as two entries, and would be read as others
    long = replace(ONE, signature=ONE.signature + b"\x1b")
    short = replace(OTHER, signature=OTHER.signature[:-1])
    for entries in ([long, short], [long], [short]):
        with pytest.raises(ValueError, match="signature"):
            BatchFile.of(entries)


@pytest.mark.parametrize("client", ["0x", "0x11", "0x" + "11" * 19, "0x" + "11" * 21])
def test_no_entry_has_a_client_that_is_no_address(client: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        BatchFile.of([replace(ONE, client=client)])


def test_no_batch_is_empty() -> None:
    with pytest.raises(ValueError, match="it has no entries"):
        BatchFile.of([])
    with pytest.raises(ValueError, match="it has no entries"):
        BatchFile.from_bytes(_file([]))


def test_no_client_has_two_entries_in_a_batch() -> None:
    with pytest.raises(ValueError, match="entry 1 does not ascend"):
        BatchFile.of([ONE, replace(ONE, digest=Digest(b"\xab" * 32))])
    with pytest.raises(ValueError, match="entry 1 does not ascend"):
        BatchFile.from_bytes(_file([ONE.to_bytes(), ONE.to_bytes(), OTHER.to_bytes()]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "does not begin as batch files do"),
        (MAGIC, "does not begin as batch files do"),
        (VECTOR[:11], "does not begin as batch files do"),
        (b"fedjury\x01" + VECTOR[8:], "does not begin as batch files do"),
        (b"Fedjury\x02" + VECTOR[8:], "does not begin as batch files do"),
        (b"\x00" + VECTOR, "does not begin as batch files do"),
        (VECTOR[:12], "2 entries, which take 246 bytes, and has 12"),
        (VECTOR[:-1], "2 entries, which take 246 bytes, and has 245"),
        (VECTOR + b"\x00", "2 entries, which take 246 bytes, and has 247"),
        (VECTOR + VECTOR, "2 entries, which take 246 bytes, and has 492"),
        (_file(_lines(VECTOR), 1), "1 entries, which take 129 bytes, and has 246"),
        (_file(_lines(VECTOR), 3), "3 entries, which take 363 bytes, and has 246"),
        # the count's other end first
        (MAGIC + b"\x02\x00\x00\x00" + VECTOR[12:], "33,554,432 entries"),
        (MAGIC + b"\xff" * 4 + VECTOR[12:], "4,294,967,295 entries"),
        (_file(_lines(VECTOR)[::-1]), "entry 1 does not ascend"),
    ],
)
def test_what_is_no_batch_file_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        BatchFile.from_bytes(content)


@FUZZ
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda tail: MAGIC + tail))
def test_any_bytes_are_a_file_that_writes_them_again_or_a_value_error(content: bytes) -> None:
    _require_refused_or_the_same(content)


# --- 100,000 spoiled files --------------------------------------------------------------------

Spoil = Callable[[random.Random, bytes], bytes]


def _flip_bits(chance: random.Random, content: bytes) -> bytes:
    spoiled = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def _truncate(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def _behead(chance: random.Random, content: bytes) -> bytes:
    return content[chance.randrange(1, len(content)) :]


def _insert(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.randbytes(chance.choice((1, 2, 20, ENTRY_BYTES))) + content[at:]


def _cut_out(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + content[at + chance.choice((1, 2, 20, ENTRY_BYTES)) :]


def _swap_entries(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    chance.shuffle(lines)
    return _file(lines)


def _repeat_entry(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return _file(lines, chance.choice((len(lines), len(lines) - 1)))


def _take_another_clients_place(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    place = chance.randrange(len(lines))
    lines[place] = chance.choice(lines)[:20] + lines[place][20:]
    return _file(lines)


def _miscount(chance: random.Random, content: bytes) -> bytes:
    count = chance.choice((0, 1, 2, 3, 4, 5, 255, 256, 2**24, 2**31, 2**32 - 1))
    return _file(_lines(content), count)


def _other_magic(chance: random.Random, content: bytes) -> bytes:
    return chance.choice((b"fedjury\x01", b"fedjury\x00", b"FEDJURY\x02", bytes(8))) + content[8:]


def _other_end_first(_: random.Random, content: bytes) -> bytes:
    return content[:8] + content[8:12][::-1] + content[12:]


def _other_s(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    place = chance.randrange(len(lines))
    s = chance.choice((0, HIGHEST_S, HIGHEST_S + 1, ORDER - 1, ORDER, 2**256 - 1))
    lines[place] = lines[place][:84] + s.to_bytes(32, "big") + lines[place][116:]
    return _file(lines)


def _other_v(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    place = chance.randrange(len(lines))
    lines[place] = lines[place][:116] + bytes([chance.choice((0, 1, 26, 27, 28, 29, 255))])
    return _file(lines)


def _append(chance: random.Random, content: bytes) -> bytes:
    return content + chance.choice((b"\x00", b"\n", _lines(content)[-1], content))


SPOILS: tuple[Spoil, ...] = (
    _flip_bits,
    _truncate,
    _behead,
    _insert,
    _cut_out,
    _swap_entries,
    _repeat_entry,
    _take_another_clients_place,
    _miscount,
    _other_magic,
    _other_end_first,
    _other_s,
    _other_v,
    _append,
)
SPOILED = 100_000


def _is_batch_file(content: bytes) -> bool:
    """The protocol's sentence, said once more in other words."""
    lines = _lines(content)
    clients = [line[:20] for line in lines]
    return (
        content[:12] == MAGIC + len(lines).to_bytes(4, "big")
        and lines != []
        and all(len(line) == 117 for line in lines)
        and clients == sorted(set(clients))
        and all(int(line[84:116].hex(), 16) * 2 < ORDER for line in lines)
        and {line[116] for line in lines} <= {27, 28}
    )


def _require_refused_or_the_same(content: bytes) -> bool:
    """Whether it is a batch file; then its entries are its bytes."""
    try:
        file = BatchFile.from_bytes(content)
    except ValueError:
        assert not _is_batch_file(content), content.hex()
        return False
    assert _is_batch_file(content), content.hex()
    assert file.content == content
    entries = list(file)
    assert b"".join(entry.to_bytes() for entry in entries) == content[HEAD_BYTES:]
    return True


def _sound_file(chance: random.Random) -> bytes:
    entries = [
        _entry(
            chance.randbytes(20),
            chance.randbytes(32),
            chance.getrandbits(256),
            chance.randrange(HIGHEST_S + 1),
            chance.choice((27, 28)),
        )
        for _ in range(chance.randrange(1, 5))
    ]
    return BatchFile.of(entries).content


def test_of_100_000_spoiled_files_each_is_refused_or_is_what_it_says() -> None:
    chance = random.Random(13)
    sound = [_sound_file(chance) for _ in range(50)]
    taken = dict.fromkeys(SPOILS, 0)
    for number in range(SPOILED):
        spoil = SPOILS[number % len(SPOILS)]
        taken[spoil] += _require_refused_or_the_same(spoil(chance, chance.choice(sound)))
    never = {_truncate, _behead, _insert, _cut_out, _repeat_entry, _other_magic, _append}
    for spoil, times in taken.items():
        if spoil in never:
            assert times == 0, spoil.__name__
    # what only changes an address, a digest or an r is another batch file
    assert taken[_flip_bits] > SPOILED // len(SPOILS) // 4
    assert 0 < taken[_other_v] < SPOILED // len(SPOILS)
    assert 0 < taken[_other_s] < SPOILED // len(SPOILS)
