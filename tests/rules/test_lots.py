import os
import random
from collections import Counter
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import codes
from prolong_server.rules.lots import Lot
from tests.rules.test_code_blocks import Source, bytes_of, splits

CHUNK = 4096
# None, one, fewer than there are symbols, more than a chunk of the list, more than a step for each head.
COUNTS = [0, 1, 20, CHUNK + 1, 80_000]


def made(count, source=os.urandom):
    """A lot and its codes as they ascend, block by block."""
    lot = Lot(count, source)
    return lot, [splits(block) for block in lot.ascending()]


def listed(lot, size=CHUNK):
    return [splits(block) for block in lot.listed(size)]


def flat(blocks):
    return [code for block in blocks for code in block]


@pytest.mark.parametrize("count", COUNTS)
def test_the_list_holds_the_codes_that_were_made_and_none_else(count):
    lot, blocks = made(count)
    assert len(flat(blocks)) == count
    assert Counter(flat(listed(lot))) == Counter(flat(blocks))


@given(st.integers(0, 300), st.integers(1, 64), st.integers())
def test_every_chunk_of_the_list_is_full_but_the_last(count, size, seed):
    lot, _ = made(count, Source(seed=seed))
    rest = [count % size] if count % size else []
    assert [len(chunk) for chunk in listed(lot, size)] == [size] * (count // size) + rest


@pytest.mark.parametrize("count", COUNTS)
def test_every_block_is_greater_than_the_one_before_it_but_the_one_drawn_anew(count):
    *ascending, _anew = made(count)[1] or [[]]
    assert all(max(less) < min(more) for less, more in pairwise(ascending))


def test_a_block_of_a_large_lot_is_small_so_that_work_is_handed_on_early():
    assert max(map(len, made(80_000)[1])) < 2_000


def head(symbols):
    """The byte that is drawn first for a code that begins so: the first symbol, and three bits of the second."""
    first, second = bytes_of(symbols)
    return bytes([first << 3 | second >> 2])


def test_the_list_keeps_the_order_in_which_the_heads_were_drawn():
    heads = ["K0", "QZ", "70", "AC", "0Z", "Z0", "ZZ", "00", "AZ", "7C", "Q0", "KC"]
    lot, _ = made(len(heads), Heads(heads))
    assert [head(code[:2]) for code in flat(listed(lot))] == [head(symbols) for symbols in heads]


def test_codes_with_one_head_are_listed_in_the_order_in_which_the_rest_was_drawn():
    rest = ["7" + second * 23 for second in "3120"]
    lot, blocks = made(4, Heads(["70"] * 4, rest))
    assert flat(listed(lot)) == rest
    assert sorted(flat(blocks)) == sorted(rest)


class Heads(Source):
    """Gives the heads of codes that begin so, and then what `Source` gives."""

    def __init__(self, begun, planted=()):
        super().__init__(planted)
        self.waiting = b"".join(map(head, begun)) + self.waiting


@given(st.integers(1, 150), st.integers())
def test_no_code_of_a_lot_ever_looks_marked(count, seed):
    alike, drawn = bytes_of("PR0NF7"), random.Random(seed)
    lot, blocks = made(count, lambda size: bytes(drawn.choices(alike, k=size)))
    assert not any(codes.looks_marked(code + codes.check_symbol(code)) for code in flat(blocks))
    assert len(flat(blocks)) == count
    assert Counter(flat(listed(lot, 64))) == Counter(flat(blocks))


def test_every_symbol_stands_at_every_place_as_often_as_any_other():
    drawn = flat(listed(made(32_000, Source(seed=1))[0]))
    for place in range(24):
        often = Counter(code[place] for code in drawn)
        # A thousand of each are expected; six standard deviations are 187.
        assert len(often) == 32
        assert all(abs(times - 1000) < 187 for times in often.values())


def test_symbols_that_stand_side_by_side_know_nothing_of_each_other():
    drawn = flat(listed(made(102_400, Source(seed=2))[0]))
    for place in range(3):
        often = Counter(code[place : place + 2] for code in drawn)
        # A hundred of each are expected: the sum of squares has 1,023 degrees of freedom, and 271 are six deviations.
        squares = sum((often[pair] - 100) ** 2 / 100 for pair in map("".join, product(codes.ALPHABET, repeat=2)))
        assert abs(squares - 1023) < 272


def test_where_a_code_stands_in_the_list_tells_nothing_of_its_rank():
    drawn = flat(listed(made(10_000, Source(seed=3))[0]))
    rank = {code: at for at, code in enumerate(sorted(drawn))}
    # Rank correlation (Spearman) of independent orders has a standard deviation of 1 in 100.
    apart = sum((at - rank[code]) ** 2 for at, code in enumerate(drawn))
    assert abs(1 - 6 * apart / (10_000 * (10_000**2 - 1))) < 0.06


@pytest.mark.parametrize("length", [0, 99, 101])
def test_a_source_that_gives_another_number_of_bytes_is_found_out(length):
    with pytest.raises(RuntimeError, match="number of bytes"):
        Lot(100, lambda _: bytes(length))
