import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import codes
from prolong_server.rules.vocabulary import LicenseClass

random_symbols = st.text(codes.ALPHABET, min_size=24, max_size=24)
blocks = st.lists(random_symbols, max_size=20).map("".join).map(str.encode)
classes = st.sampled_from([None, *LicenseClass])


def splits(block):
    return [block[at : at + 24].decode() for at in range(0, len(block), 24)]


def bytes_of(symbols):
    return bytes(codes.ALPHABET.index(symbol) for symbol in symbols)


class Source:
    """Gives `planted` codes first and those of a seeded generator afterwards."""

    def __init__(self, planted=(), seed=0):
        self.waiting = b"".join(map(bytes_of, planted))
        self.after = random.Random(seed)

    def __call__(self, size):
        given, self.waiting = self.waiting[:size], self.waiting[size:]
        return given + self.after.randbytes(size - len(given))


class TestGenerateBlock:
    @given(st.integers(0, 300), st.integers())
    def test_it_makes_as_many_codes_as_asked_and_each_can_be_read(self, count, seed):
        made = list(codes.show_block(codes.generate_block(count, Source(seed=seed))))
        assert len(made) == count
        assert all(codes.show(codes.read(text).symbols) == text for text in made)

    @given(st.integers(0, 100), st.integers())
    def test_the_same_random_bytes_make_the_same_codes(self, count, seed):
        assert codes.generate_block(count, Source(seed=seed)) == codes.generate_block(count, Source(seed=seed))

    def test_every_byte_chooses_a_symbol_by_its_low_five_bits(self):
        made = codes.generate_block(32, lambda size: bytes(at % 256 for at in range(size)))
        assert made == (codes.ALPHABET * 24).encode()

    @pytest.mark.parametrize("mark", ["PR0", "NFR"])
    @pytest.mark.parametrize("at", range(22))
    def test_a_look_alike_is_thrown_away_wherever_it_stands(self, mark, at):
        planted = "7" * at + mark + "7" * (21 - at)
        made = splits(codes.generate_block(3, Source(["8" * 24, planted, "9" * 24])))
        assert made[:2] == ["8" * 24, "9" * 24]
        assert len(made) == 3

    @pytest.mark.parametrize("mark", ["PR0", "NFR"])
    def test_a_look_alike_that_the_check_symbol_completes_is_thrown_away(self, mark):
        stems = ("7" * 21 + symbol + mark[:2] for symbol in codes.ALPHABET)
        planted = next(stem for stem in stems if codes.check_symbol(stem) == mark[2])
        assert codes.looks_marked(planted + codes.check_symbol(planted))
        assert planted not in splits(codes.generate_block(2, Source([planted])))

    @pytest.mark.parametrize("mark", ["PR0", "NFR"])
    @pytest.mark.parametrize("cut", [1, 2])
    def test_what_only_looks_marked_across_two_codes_is_kept(self, mark, cut):
        stems = (("7" * 24 + symbol + mark[: cut - 1])[-24:] for symbol in codes.ALPHABET)
        first = next(stem for stem in stems if codes.check_symbol(stem) == mark[cut - 1])
        pair = [first, mark[cut:] + "7" * (21 + cut)]
        assert mark in "".join(code + codes.check_symbol(code) for code in pair)
        assert splits(codes.generate_block(2, Source(pair))) == pair

    @given(st.lists(st.text("PR0NF7", min_size=24, max_size=24), max_size=40), st.integers())
    def test_no_code_ever_looks_marked(self, planted, seed):
        made = splits(codes.generate_block(40, Source(planted, seed)))
        assert len(made) == 40
        assert not any(codes.looks_marked(code + codes.check_symbol(code)) for code in made)
        sound = [code for code in planted if not codes.looks_marked(code + codes.check_symbol(code))]
        assert made[: len(sound)] == sound

    def test_a_source_that_only_gives_look_alikes_is_found_out(self):
        with pytest.raises(RuntimeError, match="broken"):
            codes.generate_block(2, lambda size: bytes_of("PR0" * 8) * (size // 24))

    @pytest.mark.parametrize("length", [0, 47, 49])
    def test_a_source_that_gives_another_number_of_bytes_is_found_out(self, length):
        with pytest.raises(RuntimeError, match="number of bytes"):
            codes.generate_block(2, lambda size: bytes(length))


class TestBlocks:
    @given(blocks)
    def test_check_symbols_of_a_block_are_those_of_its_codes(self, block):
        assert codes.check_symbols(block).decode() == "".join(map(codes.check_symbol, splits(block)))

    @given(blocks, classes)
    def test_a_block_is_shown_code_by_code(self, block, license_class):
        expected = [codes.show(code + codes.check_symbol(code), license_class) for code in splits(block)]
        assert list(codes.show_block(block, license_class)) == expected

    @pytest.mark.parametrize("block", [b"7" * 23, b"7" * 25, b"7" * 23 + b"U", b"7" * 23 + b"a", bytes(24)])
    def test_what_is_no_block_is_refused(self, block):
        with pytest.raises(ValueError, match="24 symbols"):
            codes.check_symbols(block)
        with pytest.raises(ValueError, match="24 symbols"):
            list(codes.show_block(block))
