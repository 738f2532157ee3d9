import json
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prolong_server.rules import calendar
from prolong_server.rules.vocabulary import RenewalBasis

CASES = json.loads((Path(__file__).parents[1] / "vectors" / "renewal_dates.json").read_text("utf-8"))
ONE_DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)

days = st.dates(date(1990, 1, 1), date(2100, 12, 31))
zones = st.sampled_from(
    [
        *("UTC", "Europe/Kyiv", "Europe/London", "America/Sao_Paulo", "America/Havana", "America/St_Johns"),
        *("America/Asuncion", "Asia/Beirut", "Asia/Gaza", "Africa/Cairo", "Pacific/Apia", "Pacific/Kwajalein"),
        *("Pacific/Kiritimati", "Asia/Tehran", "Australia/Lord_Howe", "Asia/Kathmandu", "Etc/GMT+12"),
    ]
).map(ZoneInfo)


def name(case):
    return f"{case['expires_on']}+{case['period_years']}y-{case['case']}"


def days_of(case):
    return date.fromisoformat(case["expires_on"]), date.fromisoformat(case["today"])


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_grace_month_ends_as_the_shared_examples_say(case):
    expires_on, today = days_of(case)
    until = calendar.renewable_until(expires_on, 1)
    assert until == date.fromisoformat(case["renewable_until"])
    assert (today > until) == (case.get("refusal") == "renewal_window_closed")


@pytest.mark.parametrize("basis", RenewalBasis)
@pytest.mark.parametrize("case", [case for case in CASES if "refusal" not in case], ids=name)
def test_every_basis_gives_the_day_of_the_shared_examples(case, basis):
    expires_on, today = days_of(case)
    new = calendar.renewed(expires_on, case["period_years"], basis, today)
    if case[basis] is None:
        assert case[f"{basis}_refusal"] == "would_not_extend"
        assert new <= expires_on
    else:
        assert new == date.fromisoformat(case[basis])
        assert new > expires_on


def test_a_leap_day_plus_a_year_is_28_february():
    assert calendar.add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert calendar.add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_31_january_plus_a_month_is_the_end_of_february():
    assert calendar.add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert calendar.add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)


def test_no_grace_months_mean_the_last_day_itself():
    assert calendar.renewable_until(date(2026, 1, 31), 0) == date(2026, 1, 31)


def test_every_day_from_1990_to_2100_keeps_its_number_or_clamps_to_the_end_of_the_month():
    day = date(1990, 1, 1)
    while day <= date(2100, 12, 31):
        later = calendar.add_months(day, 1)
        length = monthrange(later.year, later.month)[1]
        assert later.day == min(day.day, length)
        assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == 1
        day += ONE_DAY


@given(days, st.integers(0, 120))
def test_months_are_counted_exactly_and_only_the_day_clamps(day, months):
    later = calendar.add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


@given(days, days, st.integers(0, 3))
def test_a_later_expiry_never_closes_the_window_sooner(one, other, months):
    earlier, later = sorted((one, other))
    assert calendar.renewable_until(earlier, months) <= calendar.renewable_until(later, months)


@given(days, st.integers(1, 3), st.integers(0, 92))
def test_renewing_from_expiry_does_not_depend_on_the_day_of_renewal(expires_on, years, late):
    basis = RenewalBasis.FROM_EXPIRY
    new = calendar.renewed(expires_on, years, basis, expires_on + late * ONE_DAY)
    assert new == calendar.add_years(expires_on, years)


@given(days, st.integers(1, 3), st.integers(-400, 92))
def test_from_now_if_expired_changes_on_the_day_after_the_last(expires_on, years, late):
    today = expires_on + late * ONE_DAY
    same_as = RenewalBasis.FROM_NOW if late > 0 else RenewalBasis.FROM_EXPIRY
    new = calendar.renewed(expires_on, years, RenewalBasis.FROM_NOW_IF_EXPIRED, today)
    assert new == calendar.renewed(expires_on, years, same_as, today)


def test_a_first_term_counts_its_first_day():
    assert calendar.first_term(date(2026, 1, 1), 1) == date(2026, 12, 31)
    assert calendar.first_term(date(2024, 2, 29), 1) == date(2025, 2, 27)


def test_a_shelf_life_includes_the_day_of_the_order_and_its_own_last_day():
    assert calendar.shelf_life_end(date(2026, 2, 27), 0) == date(2026, 2, 27)
    assert calendar.shelf_life_end(date(2026, 2, 27), 2) == date(2026, 3, 1)


@pytest.mark.parametrize("amount", [8_000, 10**6, 10**12, 10**30])
def test_arithmetic_beyond_the_calendar_stops_at_its_last_day(amount):
    assert calendar.add_years(calendar.MAX_DAY, amount) == date.max
    assert calendar.add_months(calendar.MAX_DAY, 12 * amount) == date.max
    assert calendar.shelf_life_end(calendar.MAX_DAY, 1000 * amount) == date.max
    assert calendar.first_term(calendar.MAX_DAY, amount) == date.max - ONE_DAY


def test_a_term_never_runs_backwards():
    for add in (calendar.add_years, calendar.add_months, calendar.add_days):
        with pytest.raises(ValueError, match="backwards"):
            add(date(2026, 1, 1), -1)


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "ends_at"),
    [
        pytest.param(date(2026, 1, 31), "UTC", utc(2026, 2, 1), id="utc"),
        pytest.param(date(2026, 1, 31), "Europe/Kyiv", utc(2026, 1, 31, 22), id="winter"),
        pytest.param(date(2026, 7, 31), "Europe/Kyiv", utc(2026, 7, 31, 21), id="summer"),
        pytest.param(date(2018, 11, 3), "America/Sao_Paulo", utc(2018, 11, 4, 3), id="no midnight"),
        pytest.param(date(2026, 3, 7), "America/Havana", utc(2026, 3, 8, 5), id="no midnight in Cuba"),
        pytest.param(date(2026, 10, 31), "America/Havana", utc(2026, 11, 1, 4), id="two midnights of the next day"),
        pytest.param(date(2010, 11, 6), "America/St_Johns", utc(2010, 11, 7, 3, 30), id="the day comes back"),
        pytest.param(date(2018, 2, 17), "America/Sao_Paulo", utc(2018, 2, 18, 3), id="a day of 25 hours"),
        pytest.param(date(2011, 12, 29), "Pacific/Apia", utc(2011, 12, 30, 10), id="the next day is left out"),
        pytest.param(date(2011, 12, 30), "Pacific/Apia", utc(2011, 12, 30, 10), id="the day itself is left out"),
    ],
)
def test_a_term_ends_when_its_last_day_is_over_where_the_vendor_is(day, zone, ends_at):
    end = calendar.term_end(day, ZoneInfo(zone))
    assert end == ends_at
    assert end.tzinfo is UTC


@given(st.dates(calendar.MIN_DAY, calendar.MAX_DAY), zones)
def test_the_instant_before_the_end_is_the_last_of_that_day(day, zone):
    end = calendar.term_end(day, zone)
    assert calendar.vendor_day(end, zone) > day
    assert calendar.vendor_day(end - TICK, zone) <= day
    assert all(calendar.vendor_day(end + hours * timedelta(hours=1), zone) > day for hours in range(1, 49))


def test_the_end_of_a_day_is_computed_once_for_all_licenses_that_end_on_it():
    day, zone = date(2027, 5, 31), ZoneInfo("Europe/Kyiv")
    assert calendar.term_end(day, zone) is calendar.term_end(date(2027, 5, 31), zone)


@given(st.dates(calendar.MIN_DAY, calendar.MAX_DAY), zones)
def test_a_later_day_never_ends_sooner(day, zone):
    assert calendar.term_end(day, zone) <= calendar.term_end(day + ONE_DAY, zone)


@given(st.dates(), zones)
def test_every_day_of_the_calendar_has_an_end(day, zone):
    assert calendar.term_end(day, zone).tzinfo is UTC


def test_the_last_days_of_the_calendar_end_with_time_itself():
    for zone in ("UTC", "Etc/GMT+12", "Pacific/Kiritimati"):
        assert calendar.term_end(date.max, ZoneInfo(zone)) == calendar.END_OF_TIME
        assert calendar.term_end(date.max - ONE_DAY, ZoneInfo(zone)) == calendar.END_OF_TIME


def test_the_vendors_day_is_that_of_the_vendors_zone():
    now = datetime(2026, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-3)))
    assert calendar.vendor_day(now, ZoneInfo("Europe/Kyiv")) == date(2026, 2, 1)
    assert calendar.vendor_day(now, ZoneInfo("America/Sao_Paulo")) == date(2026, 1, 31)


def test_an_instant_without_a_zone_is_no_day():
    with pytest.raises(ValueError, match="time zone"):
        calendar.vendor_day(calendar.END_OF_TIME.replace(tzinfo=None), ZoneInfo("UTC"))
