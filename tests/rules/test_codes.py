import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prolong_server.rules import codes
from prolong_server.rules.errors import CodeMalformed
from prolong_server.rules.vocabulary import LicenseClass

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "codes.json").read_text("utf-8"))
CANONICAL = [case["canonical"] for case in VECTORS["codes"]]
READINGS = [(text, case["canonical"]) for case in VECTORS["codes"] for text in case["read_as_canonical"]]

random_symbols = st.text(codes.ALPHABET, min_size=24, max_size=24)
whole_codes = random_symbols.map(lambda symbols: symbols + codes.check_symbol(symbols))
blocks = st.lists(random_symbols, max_size=20).map("".join).map(str.encode)
classes = st.sampled_from([None, *LicenseClass])

DASHES = "-‐‑‒–—―−﹘﹣－"
SPACES = " \t\n\u00a0\u2009\u202f\u3000"
READ_AS = {"0": "0Oo０Ｏｏ", "1": "1IiLl１ＩｉＬｌ"}


def hint_of(text):
    with pytest.raises(CodeMalformed) as refused:
        codes.read(text)
    return refused.value.hint


def spellings(symbol):
    wide = {chr(ord(sign) + 0xFEE0) for sign in (symbol, symbol.lower())}
    return sorted({symbol, symbol.lower(), *wide, *READ_AS.get(symbol, "")})


@st.composite
def typed(draw, symbols):
    """A way in which a person may type `symbols`."""
    gaps = st.text(DASHES + SPACES, max_size=2)
    parts = [draw(gaps) + draw(st.sampled_from(spellings(symbol))) for symbol in symbols]
    return "".join(parts) + draw(gaps)


def splits(block):
    return [block[at : at + 24].decode() for at in range(0, len(block), 24)]


class TestCheckSymbol:
    def test_the_alphabet_is_that_of_the_shared_examples(self):
        assert VECTORS["alphabet"] == codes.ALPHABET

    @pytest.mark.parametrize("symbols", CANONICAL)
    def test_it_is_the_last_symbol_of_every_shared_example(self, symbols):
        assert codes.check_symbol(symbols[:24]) == symbols[24]

    @given(random_symbols)
    def test_it_closes_the_recurrence_of_iso_7064_with_modulus_32(self, symbols):
        carry = 32
        for symbol in symbols:
            carry = ((carry + codes.ALPHABET.index(symbol)) % 32 or 32) * 2 % 33
        assert (carry + codes.ALPHABET.index(codes.check_symbol(symbols))) % 32 == 1

    @pytest.mark.parametrize("symbols", [*CANONICAL, "0" * 24 + codes.check_symbol("0" * 24)])
    def test_every_single_wrong_symbol_is_caught(self, symbols):
        for at in range(25):
            for wrong in set(codes.ALPHABET) - {symbols[at]}:
                assert hint_of(symbols[:at] + wrong + symbols[at + 1 :]) == "check"

    @given(whole_codes, st.integers(0, 24), st.sampled_from(codes.ALPHABET))
    def test_a_wrong_symbol_in_any_code_is_caught(self, symbols, at, wrong):
        assume(symbols[at] != wrong)
        assert hint_of(symbols[:at] + wrong + symbols[at + 1 :]) == "check"

    def test_a_foreign_symbol_has_none(self):
        with pytest.raises(ValueError, match="substring"):
            codes.check_symbol("U" * 24)


class TestRead:
    @pytest.mark.parametrize(("text", "canonical"), READINGS)
    def test_every_shared_reading_gives_its_code(self, text, canonical):
        assert codes.read(text) == codes.Code(canonical, None)

    @pytest.mark.parametrize("case", VECTORS["marked"], ids=lambda case: case["text"][:3])
    def test_a_mark_is_read_before_the_letter_o_becomes_zero(self, case):
        assert codes.read(case["text"]) == codes.Code(case["canonical"], LicenseClass(case["license_class"]))

    @pytest.mark.parametrize("text", VECTORS["malformed"])
    def test_what_the_shared_examples_call_malformed_is_refused(self, text):
        assert hint_of(text) in {"keyboard", "length", "symbol", "check"}

    @given(st.data(), whole_codes)
    def test_every_forgiven_way_of_typing_gives_the_code(self, data, symbols):
        assert codes.read(data.draw(typed(symbols))).symbols == symbols

    @given(st.data(), whole_codes, st.sampled_from([("PRO", LicenseClass.PROMO), ("NFR", LicenseClass.NFR)]))
    def test_a_mark_is_forgiven_its_case_width_and_dashes(self, data, symbols, marked):
        mark, license_class = marked
        assert codes.read(data.draw(typed(mark)) + data.draw(typed(symbols))) == codes.Code(symbols, license_class)

    @given(whole_codes, classes)
    def test_what_is_shown_can_be_read(self, symbols, license_class):
        mark = license_class if license_class in {LicenseClass.PROMO, LicenseClass.NFR} else None
        assert codes.read(codes.show(symbols, license_class)) == codes.Code(symbols, mark)

    def test_a_code_that_begins_like_a_mark_has_none(self):
        symbols = "PR0" + "7" * 21
        symbols += codes.check_symbol(symbols)
        assert codes.read("PRO" + symbols[3:]) == codes.Code(symbols, None)

    @pytest.mark.parametrize("text", ["PRO-", "NFR", *(f"{mark}-{CANONICAL[0]}" for mark in ("PRO-PRO", "PR0", "PR"))])
    def test_a_mark_counts_only_in_front_of_a_whole_code(self, text):
        assert hint_of(text) == "length"

    @pytest.mark.parametrize("letter", "АВСЕНКМОРТХаеорсхЖЯІіЇΑΒΕΚאبあ中")
    def test_a_letter_of_another_alphabet_asks_for_the_other_keyboard(self, letter):
        assert hint_of(letter + CANONICAL[0][1:]) == "keyboard"

    @pytest.mark.parametrize("sign", "Uu!*#_.,/+=²³٣①½éßıſﬁ·•~�\x00\x1c\x1f\u200b\u200d\ufeff\u00ad\U0001d7d9")
    def test_any_other_sign_is_not_forgiven(self, sign):
        assert hint_of(CANONICAL[0][:7] + sign + CANONICAL[0][8:]) == "symbol"
        assert hint_of(CANONICAL[0] + sign) == "symbol"

    def test_the_kelvin_sign_is_not_the_letter_k(self):
        assert hint_of("K18SXC1HF937W6Q4CCYGB0Y2N".replace("K", "\u212a")) in {"symbol", "keyboard"}

    @pytest.mark.parametrize("text", ["", "   ", "-----", CANONICAL[0][:24], CANONICAL[0] + "0", CANONICAL[0] * 2])
    def test_too_few_or_too_many_symbols_are_told_apart_from_typing_errors(self, text):
        assert hint_of(text) == "length"

    def test_a_long_text_is_refused_before_anything_is_read(self):
        assert codes.read(CANONICAL[0].ljust(200)).symbols == CANONICAL[0]
        assert hint_of(CANONICAL[0].ljust(201)) == "length"
        assert hint_of("Ж" * 10_000_000) == "length"

    @given(st.text(max_size=250))
    def test_any_text_is_a_code_or_malformed(self, text):
        try:
            symbols = codes.read(text).symbols
        except CodeMalformed:
            return
        assert codes.check_symbol(symbols[:24]) == symbols[24:]

    def test_a_code_does_not_show_in_a_log_of_its_object(self):
        assert CANONICAL[0] not in repr(codes.read(CANONICAL[0]))


class TestShow:
    @pytest.mark.parametrize("case", VECTORS["codes"], ids=lambda case: case["canonical"])
    def test_a_code_is_shown_in_groups_of_five(self, case):
        for license_class in (None, LicenseClass.STANDARD, LicenseClass.TRIAL):
            assert codes.show(case["canonical"], license_class) == case["display"]

    @pytest.mark.parametrize("case", VECTORS["marked"], ids=lambda case: case["text"][:3])
    def test_a_promo_or_partner_code_is_shown_with_its_mark(self, case):
        assert codes.show(case["canonical"], LicenseClass(case["license_class"])) == case["text"].upper()


class TestLegacyClass:
    @pytest.mark.parametrize(
        ("text", "license_class"),
        [
            ("PRO-1234", LicenseClass.PROMO),
            ("12-xxProxx", LicenseClass.PROMO),
            ("1234nfr", LicenseClass.NFR),
            ("ABNFRZ", LicenseClass.NFR),
            ("", LicenseClass.STANDARD),
            ("PR0-1234", LicenseClass.STANDARD),
            ("P-R-O", LicenseClass.STANDARD),
        ],
    )
    def test_it_is_told_by_the_letters_anywhere_in_any_case(self, text, license_class):
        assert codes.legacy_class(text) is license_class

    @pytest.mark.parametrize("text", ["PRO-NFR", "nfrpro", "xNfRxpRoX"])
    def test_both_marks_are_a_contradiction(self, text):
        with pytest.raises(ValueError, match="both"):
            codes.legacy_class(text)


class TestFirstGroup:
    @given(st.data())
    def test_it_is_read_as_forgivingly_as_a_whole_code(self, data):
        symbols = data.draw(st.text(codes.ALPHABET, min_size=5, max_size=5))
        assert codes.read_first_group(data.draw(typed(symbols))) == codes.Code(symbols, None)

    @pytest.mark.parametrize("text", ["PRO-7K2QX", "pro 7k2qx", "ＰＲＯ７Ｋ２ＱＸ"])
    def test_a_mark_before_it_is_told(self, text):
        assert codes.read_first_group(text) == codes.Code("7K2QX", LicenseClass.PROMO)

    def test_a_group_that_begins_like_a_mark_is_none(self):
        assert codes.read_first_group("PRO12") == codes.Code("PR012", None)

    @pytest.mark.parametrize(
        ("text", "hint"),
        [("", "length"), ("7K2Q", "length"), ("7K2QXX", "length"), ("7K2QU", "symbol"), ("7К2QX", "keyboard")],
    )
    def test_what_is_none_is_refused_with_a_hint(self, text, hint):
        with pytest.raises(CodeMalformed) as refused:
            codes.read_first_group(text)
        assert refused.value.hint == hint
