"""Posting changes no answer: whether nothing, a part or all is posted, every report and every list says the same."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.channel import leads, postings, reports
from prolong_server.channel.totals import Question
from prolong_server.models.reporting import ALL, Expiry, Mark, Total
from prolong_server.operations import invariants
from prolong_server.rules.actors import Actor, Role
from prolong_server.rules.periods import Period
from tests import vendor
from tests.reporting import history, naive
from tests.reporting.history import History, dealer_actor

pytestmark = pytest.mark.usefixtures("room")
STEPS = 60
DAYS = 150
FIRST, LAST = date(2025, 1, 1), date(2029, 12, 31)
STAFF = Actor(kind="staff", id=1, role=Role.AUDITOR)


def forget() -> None:
    """Nothing is posted."""
    with Session(db.db.engine) as session, session.begin():
        for table in (Total, Expiry, Mark):
            session.execute(delete(table))


def answers(past: History) -> dict[str, Any]:
    """What staff, each dealer and its sandbox are told, in every grouping."""
    told: dict[str, Any] = {}
    for name, actor in actors(past).items():
        call = replace(past.call, actor=actor)
        for group in (None, "edition", "country", "dealer") if name == "staff" else (None,):
            asked = Question(FIRST, LAST, Period.MONTH, group=group)
            for report in (reports.redemptions, reports.renewals, reports.revenue):
                told[f"{name} {report.__name__} {group}"] = report(call, asked)
        told[f"{name} leads"] = list(leads.everything(call, DAYS))
    return told


def actors(past: History) -> dict[str, Actor]:
    first, second = past.shops
    return {
        "staff": STAFF,
        "first": dealer_actor(first.dealer),
        "second": dealer_actor(second.dealer),
        "sandbox": dealer_actor(first.dealer, test=True),
    }


def lived(seed: int) -> History:
    past = history.begun(seed)
    for _ in range(STEPS):
        past.step()
    return past


@pytest.mark.parametrize("seed", range(3))
def test_answers_are_the_same_whatever_is_posted_and_are_what_the_rows_say(seed):
    past = lived(seed)
    as_it_came = answers(past)
    assert invariants.check() == []
    forget()
    assert answers(past) == as_it_came
    parts = 0
    while postings.post(past.call):
        parts += 1
        if parts in {2, 4}:
            assert answers(past) == as_it_came
            assert invariants.check() == []
    assert answers(past) == as_it_came
    assert invariants.check() == []
    assert parts > 4
    agrees_with_the_rows(past, as_it_came)


def agrees_with_the_rows(past: History, told: dict[str, Any]) -> None:
    figures = naive.figures()
    assert totals_of(told["staff redemptions None"]) == by_metric(figures, "issued redeemed voided reversed activated")
    assert totals_of(told["staff renewals None"]) == by_metric(figures, "due renewed")
    for name, shop in zip(("first", "second"), past.shops, strict=True):
        found = [(lead.expires_on, lead.license) for lead in told[f"{name} leads"]]
        assert found == [place[:2] for place in naive.leads(past.call, shop.dealer, DAYS)]
    own = [(lead.expires_on, lead.license) for lead in told["sandbox leads"]]
    assert own == [place[:2] for place in naive.leads(past.call, past.shops[0].dealer, DAYS, test=True)]
    everybody = [(lead.expires_on, lead.license) for lead in told["staff leads"]]
    assert everybody == [place[:2] for place in naive.leads(past.call, None, DAYS)]
    assert everybody


def totals_of(report: reports.Report) -> Counter[tuple[str, date]]:
    """Metric and month → value."""
    counted: Counter[tuple[str, date]] = Counter()
    for begun, _, *cells in report.rows:
        assert isinstance(begun, date)
        for name, cell in zip(report.columns[2:], cells, strict=True):
            if type(cell) is int:
                counted[name, begun] += cell
    return +counted


def by_metric(figures: Counter[naive.Row], metrics: str) -> Counter[tuple[str, date]]:
    counted: Counter[tuple[str, date]] = Counter()
    for (metric, day, *_), value in figures.items():
        if metric in metrics.split():
            counted[metric, day.replace(day=1)] += value
    return +counted


def test_every_posted_sum_is_what_the_rows_say():
    past = lived(99)
    later = replace(past.call, now=past.call.now + timedelta(hours=2))
    while postings.post(later):
        pass
    with Session(db.db.engine) as session:
        columns = (Total.metric, Total.day, Total.dealer_id, Total.edition_id, Total.country, Total.currency)
        posted = {
            tuple(row)[:-1]: row[-1]
            for row in session.execute(select(*columns, Total.value).where(Total.dealer_id != ALL))
            if row[-1]
        }
    expected = {
        (metric, day, dealer, edition, "" if metric in HOME else country, currency): value
        for (metric, day, dealer, edition, country, currency), value in naive.figures().items()
    }
    assert posted == expected


HOME = {"issued", "voided", "ordered", "credited"}


def test_a_fact_is_not_posted_before_it_is_an_hour_old():
    vendor.order(vendor.found(), 3)
    call = vendor.called()
    postings.post(call)
    assert count(Total) == 0
    postings.post(replace(call, now=call.now + timedelta(minutes=59)))
    assert count(Total) == 0
    postings.post(replace(call, now=call.now + timedelta(minutes=71)))
    # Codes and money, of the dealer and of all dealers together.
    assert count(Total) == 4


def test_when_all_is_posted_nothing_is_written():
    vendor.order(vendor.found(), 3)
    later = vendor.called(days=1)
    assert postings.post(later) > 0
    while postings.post(later):
        pass
    assert postings.post(replace(later, now=later.now + timedelta(minutes=9))) == 0


def test_what_ended_more_than_six_months_ago_is_pruned():
    vendor.found()
    vendor.license_(days_left=30)
    while postings.post(vendor.called(days=1)):
        pass
    assert count(Expiry) == 1
    while postings.post(vendor.called(days=30 + 186)):
        pass
    assert count(Expiry) == 1
    while postings.post(vendor.called(days=30 + 187)):
        pass
    assert count(Expiry) == 0


def count(table: type[Any]) -> int:
    with Session(db.db.engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
