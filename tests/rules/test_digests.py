import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import codes, digests
from prolong_server.rules.digests import GROUPED, HASHED

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "codes.json").read_text("utf-8"))
CANONICAL = [case["canonical"] for case in VECTORS["codes"]]
KEY = bytes(range(32))
SCHEMES = [HASHED, GROUPED]

random_symbols = st.text(codes.ALPHABET, min_size=24, max_size=24)
groups = st.text(codes.ALPHABET, min_size=5, max_size=5)
blocks = st.lists(random_symbols, max_size=20).map("".join).map(str.encode)


def splits(block):
    return [block[at : at + 24].decode() for at in range(0, len(block), 24)]


def hashed(symbols, version):
    return hashlib.blake2b(symbols[:24].encode(), key=KEY, digest_size=16, person=b"prolong-code-" + version).digest()


def bits(data):
    return f"{int.from_bytes(data, 'big'):0128b}"


@pytest.mark.parametrize("symbols", CANONICAL)
def test_hashed_is_keyed_blake2b_of_the_24_random_symbols(symbols):
    assert digests.of_code(symbols, KEY, HASHED) == hashed(symbols, b"v1")


@given(random_symbols)
def test_grouped_is_the_first_groups_25_bits_and_then_103_of_the_hash(symbols):
    group = "".join(f"{codes.ALPHABET.index(symbol):05b}" for symbol in symbols[:5])
    assert bits(digests.of_code(symbols, KEY, GROUPED)) == group + bits(hashed(symbols, b"v2"))[25:]


@pytest.mark.parametrize(
    ("scheme", "told"),
    [(HASHED, "4674a3be1875517cb4fb159eb652f36f"), (GROUPED, "e778c5ee097bb96482a2566fec3f99da")],
    ids=["hashed", "grouped"],
)
def test_a_digest_never_changes_between_releases(scheme, told):
    assert digests.of_code(CANONICAL[0], KEY, scheme).hex() == told


@pytest.mark.parametrize("scheme", SCHEMES)
@given(block=blocks)
def test_digests_of_a_block_are_those_of_its_codes(scheme, block):
    assert digests.of_block(block, KEY, scheme) == [digests.of_code(code, KEY, scheme) for code in splits(block)]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_check_symbol_is_no_part_of_it_and_another_key_or_code_gives_another(scheme):
    one, other = CANONICAL[:2]
    assert digests.of_code(one, KEY, scheme) == digests.of_code(one[:24], KEY, scheme)
    assert digests.of_code(one, KEY, scheme) != digests.of_code(one, KEY[::-1], scheme)
    assert digests.of_code(one, KEY, scheme) != digests.of_code(other, KEY, scheme)


def test_of_codes_with_the_same_first_group_the_key_hides_all_the_rest():
    one, other = (digests.of_code("7K2QX" + rest * 19, KEY, GROUPED) for rest in "01")
    assert bits(one)[:25] == bits(other)[:25]
    unlike = sum(a != b for a, b in zip(bits(one)[25:], bits(other)[25:], strict=True))
    assert 25 < unlike < 78


@given(random_symbols, groups)
def test_a_code_is_in_the_range_of_its_first_group_and_of_no_other(symbols, group):
    digest = digests.of_code(symbols, KEY, GROUPED)
    least, greatest = digests.range_of_group(symbols[:5])
    assert least <= digest <= greatest
    least, greatest = digests.range_of_group(group)
    assert (least <= digest <= greatest) is (symbols[:5] == group)


@given(groups)
def test_the_ranges_of_the_groups_are_equal_in_width_and_cover_the_digests_without_a_gap(group):
    least, greatest = (int.from_bytes(end, "big") for end in digests.range_of_group(group))
    assert (least % (1 << 103), greatest - least + 1) == (0, 1 << 103)


@pytest.mark.parametrize("key", [b"", b"k" * 15, b"k" * 65])
def test_a_missing_short_or_long_key_is_refused(key):
    with pytest.raises(ValueError, match="16 to 64"):
        digests.of_code(CANONICAL[0], key, GROUPED)


@pytest.mark.parametrize("scheme", [0, 3])
def test_a_scheme_of_another_release_is_refused(scheme):
    with pytest.raises(ValueError, match="not known"):
        digests.of_code(CANONICAL[0], KEY, scheme)


@pytest.mark.parametrize("symbols", ["", "7" * 23, "7" * 26, codes.show(CANONICAL[0])])
def test_what_is_no_code_has_no_digest(symbols):
    with pytest.raises(ValueError, match="24 or 25"):
        digests.of_code(symbols, KEY, GROUPED)
