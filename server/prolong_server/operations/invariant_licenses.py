"""What holds of licenses: the chain of their redemptions, the counts that they keep."""

from typing import Any

from sqlalchemy import Select, Subquery, func, select

from prolong_server.models.licensing import License, Machine, Redemption


def redemptions_belong_to_a_license() -> Select[Any]:
    """Every redemption names a license that is there."""
    joined = select(Redemption.license_id).outerjoin(License, License.id == Redemption.license_id)
    return joined.where(License.id.is_(None))


def redemptions_follow_each_other() -> Select[Any]:
    """Each redemption of a license begins where the one before ended, as long as none was reversed."""
    chain = _chain()
    return select(chain.c.license_id).where(chain.c.previous_expires_on != chain.c.before)


def licenses_end_where_the_last_redemption_says() -> Select[Any]:
    """A license runs until the day that its last redemption told, as long as none was reversed."""
    chain = _chain()
    joined = select(License.id).join(chain, chain.c.license_id == License.id)
    return joined.where(chain.c.after.is_(None), License.expires_on != chain.c.expires_on)


def changes_are_counted() -> Select[Any]:
    """The `seq` of a license is not below that of any of its redemptions."""
    joined = select(License.id).join(Redemption, Redemption.license_id == License.id)
    return joined.where(License.seq < Redemption.license_seq).distinct()


def machines_are_counted() -> Select[Any]:
    """A license counts the machines that are registered with it."""
    counted = select(Machine.license_id, func.count().label("machines")).group_by(Machine.license_id).subquery()
    joined = select(License.id).outerjoin(counted, counted.c.license_id == License.id)
    return joined.where(License.machines != func.coalesce(counted.c.machines, 0))


def machines_do_not_exceed_seats() -> Select[Any]:
    """No more machines are registered than a license has seats (R6)."""
    return select(License.id).where(License.machines > License.seats)


def redeemed_licenses_were_activated() -> Select[Any]:
    """A license that was renewed was activated before (R9)."""
    joined = select(License.id).join(Redemption, Redemption.license_id == License.id)
    return joined.where(License.activated_on.is_(None)).distinct()


def _chain() -> Subquery:
    """The redemptions of licenses without a reversed one, each with the end before and the end after it.

    A reversal moves the license and leaves the later receipts as they were told, so the chain of those says nothing.
    """
    reversed_ones = select(Redemption.license_id).where(Redemption.reversed_at.is_not(None))
    license_id, order = Redemption.license_id, Redemption.license_seq
    before = func.lag(Redemption.expires_on).over(partition_by=license_id, order_by=order).label("before")
    after = func.lead(Redemption.expires_on).over(partition_by=license_id, order_by=order).label("after")
    columns = (license_id, Redemption.previous_expires_on, Redemption.expires_on, before, after)
    return select(*columns).where(license_id.not_in(reversed_ones)).subquery()
