"""What a request lacks: each thing by its word, for each kind, and nothing where nothing is lacking."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import missing as lack
from prolong_server.rules.missing import missing
from prolong_server.rules.module_facts import LicenseMove, MoveData, Place
from prolong_server.rules.module_words import AttachmentKind, FilesHeld, MoveKind
from tests.rules.moving import NEW, OLD, OTHER, move, places, request

REPLACEMENTS = (MoveKind.REPLACE_LOST, MoveKind.REPLACE_BROKEN)
OTHERS = (MoveKind.TRANSFER, MoveKind.MERGE, MoveKind.REDISTRIBUTE)
names = st.sampled_from(["", " ", OLD, NEW, OTHER])
some_places = st.lists(st.builds(Place, names, st.none() | st.integers(-1, 3)), max_size=3).map(tuple)
moves = st.builds(
    LicenseMove, st.sampled_from(["", "KEY-1", "KEY-2"]), st.sampled_from(["", "Shield"]), *[some_places] * 2
)
requests = st.builds(
    MoveData,
    st.sampled_from(MoveKind),
    st.sampled_from(["", "Мрія"]),
    st.sampled_from(["", "office@mriya.example"]),
    st.lists(moves, max_size=3).map(tuple),
    st.booleans(),
    st.booleans(),
    st.none() | st.sampled_from(FilesHeld),
    st.frozensets(st.sampled_from(AttachmentKind)),
)


def codes(data):
    return [one.code for one in missing(data)]


def with_first(data, **changes):
    return replace(data, licenses=(replace(data.licenses[0], **changes), *data.licenses[1:]))


@pytest.mark.parametrize("kind", MoveKind)
def test_a_request_that_states_everything_lacks_nothing(kind):
    assert missing(request(kind)) == ()


@pytest.mark.parametrize("kind", MoveKind)
def test_an_empty_draft_lacks_everything_in_the_order_of_the_form(kind):
    told = codes(MoveData(kind, "", "", ()))
    assert told[:4] == ["company", "contact_email", "licenses", "non_use"]
    assert set(told[4:]) == {
        MoveKind.REPLACE_LOST: {"letter", "write_off_act"},
        MoveKind.REPLACE_BROKEN: {"return_modules", "letter", "write_off_act"},
    }.get(kind, {"letter", "license_files"})


@pytest.mark.parametrize("kind", MoveKind)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"company": " "}, "company"),
        ({"contact_email": ""}, "contact_email"),
        ({"licenses": ()}, "licenses"),
        ({"non_use": False}, "non_use"),
        ({"attachments": frozenset({AttachmentKind.WRITE_OFF_ACT})}, "letter"),
    ],
)
def test_one_thing_of_the_request_that_is_left_out_is_named_alone(kind, changes, code):
    assert codes(replace(request(kind), **changes)) == [code]


@pytest.mark.parametrize("kind", MoveKind)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"license_key": " "}, "license_key"),
        ({"software": ""}, "software"),
        ({"origins": ()}, "origins"),
        ({"origins": places([("", 5)])}, "module_numbers"),
        ({"targets": places([(NEW, 5), (" ", 5)])}, "module_numbers"),
        ({"origins": places([(OLD, None)])}, "seats"),
        ({"targets": places([(NEW, 0)])}, "seats"),
        ({"origins": places([(OLD, 2), (OLD, 3)])}, "named_twice"),
        ({"targets": places([(NEW, 2), (NEW + " ", 3)])}, "named_twice"),
    ],
)
def test_one_thing_of_a_license_that_is_left_out_is_named_with_its_place_in_the_list(kind, changes, code):
    first = missing(with_first(request(kind), **changes))[0]
    assert (first.code, first.fields) == (code, {"number": 1})


@pytest.mark.parametrize("kind", MoveKind)
def test_without_targets_the_order_of_redistribution_or_the_module_is_lacking_but_a_new_one_may_be_named_later(kind):
    wanted = "order_of_redistribution" if kind is MoveKind.REDISTRIBUTE else "targets"
    assert codes(with_first(request(kind), targets=())) == ([] if kind.replaces else [wanted])


def test_a_license_that_is_named_twice_is_told_at_its_second_place():
    told = missing(request(licenses=(move(), move(software="Shield 2"))))
    assert [(one.code, one.fields["number"]) for one in told] == [("named_twice", 2)]


@pytest.mark.parametrize(
    ("kind", "licenses"),
    [
        (MoveKind.TRANSFER, (move(origins=((OLD, 1), (OTHER, 4))),)),
        (MoveKind.TRANSFER, (move(targets=((NEW, 1), (OTHER, 4))),)),
        (MoveKind.TRANSFER, (move(targets=((OLD, 5),)),)),
        (MoveKind.TRANSFER, (move(), move(key="KEY-2", targets=((OTHER, 5),)))),
        (MoveKind.MERGE, (move(),)),
        (MoveKind.MERGE, (move(origins=((OLD, 1), (OTHER, 4)), targets=((NEW, 1), (OLD, 4))),)),
        (MoveKind.REDISTRIBUTE, (move(targets=((OLD, 5),)),)),
        (MoveKind.REDISTRIBUTE, (move(origins=((OLD, 2), (NEW, 3)), targets=((NEW, 3), (OLD, 2))),)),
        (MoveKind.REPLACE_LOST, (move(origins=((OLD, 1), (OTHER, 4))),)),
        (MoveKind.REPLACE_BROKEN, (move(targets=((OLD, 5),)),)),
    ],
)
def test_modules_that_do_not_fit_the_kind_are_told_in_the_words_of_the_kind(kind, licenses):
    (told,) = missing(request(kind, licenses=licenses))
    assert (told.code, told.sentence) == ("shape", lack._SHAPE[kind])


@pytest.mark.parametrize(
    ("kind", "licenses"),
    [
        (MoveKind.MERGE, (move(origins=((OLD, 1), (NEW, 4))),)),
        (MoveKind.MERGE, (move(origins=((OLD, 2), (OTHER, 3))),)),
        (MoveKind.REDISTRIBUTE, (move(origins=((OLD, 2), (NEW, 3)), targets=((OLD, 3), (NEW, 2))),)),
        (MoveKind.REDISTRIBUTE, (move(origins=((OLD, 5),), targets=((NEW, 3), (OTHER, 2))),)),
    ],
)
def test_modules_that_fit_the_kind_in_another_way_lack_nothing(kind, licenses):
    assert missing(request(kind, licenses=licenses)) == ()


def test_only_for_a_broken_module_must_its_return_be_pledged_at_submission():
    lacking = {kind for kind in MoveKind if "return_modules" in codes(request(kind, return_modules=False))}
    assert lacking == {MoveKind.REPLACE_BROKEN}


@pytest.mark.parametrize("kind", REPLACEMENTS)
def test_a_replacement_needs_the_write_off_act_and_no_license_files(kind):
    assert codes(request(kind, attachments=frozenset({AttachmentKind.LETTER}))) == ["write_off_act"]


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(
    ("held", "handed_in", "lacking"),
    [
        (None, False, ["license_files"]),
        (FilesHeld.ALL, False, ["license_files"]),
        (FilesHeld.NONE_HELD, False, []),
        (FilesHeld.ALL, True, []),
        (None, True, []),
    ],
)
def test_the_other_kinds_come_with_the_license_files_or_the_statement_that_none_is_held(kind, held, handed_in, lacking):
    files = {AttachmentKind.LETTER} | ({AttachmentKind.LICENSE_FILE} if handed_in else set())
    assert codes(request(kind, files_held=held, attachments=frozenset(files))) == lacking


@given(requests)
def test_every_thing_that_is_lacking_is_told_in_a_whole_sentence_that_names_no_key(data):
    for one in missing(data):
        named = {name for _, name, _, _ in string.Formatter().parse(one.sentence) if name}
        assert named == set(one.fields)
        assert one.sentence in lack.SENTENCES
        assert "KEY" not in one.sentence.format(**one.fields)


@given(requests)
def test_what_lacks_nothing_names_company_licenses_modules_and_seats(data):
    if missing(data):
        return
    assert data.company.strip()
    assert len({one.license_key for one in data.licenses}) == len(data.licenses) > 0
    for one in data.licenses:
        assert one.origins
        assert one.targets
        assert all(place.module.strip() and place.seats > 0 for place in (*one.origins, *one.targets))
