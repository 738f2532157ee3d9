"""What holds of licenses: the chain of their redemptions and reversals, the counts that they keep."""

from typing import Any

from sqlalchemy import CompoundSelect, Select, Subquery, and_, func, select, union, union_all

from prolong_server.models.licensing import License, Machine, Redemption, Reversal


def redemptions_belong_to_a_license() -> Select[Any]:
    """Every redemption names a license that is there."""
    joined = select(Redemption.license_id).outerjoin(License, License.id == Redemption.license_id)
    return joined.where(License.id.is_(None))


def redemptions_follow_each_other() -> Select[Any]:
    """Each redemption or reversal of a license begins where the one before ended."""
    chain = _chain()
    return select(chain.c.license_id).where(chain.c.previous_expires_on != chain.c.before).distinct()


def licenses_end_where_the_last_redemption_says() -> Select[Any]:
    """A license runs until the day that its last redemption or reversal told."""
    chain = _chain()
    joined = select(License.id).join(chain, chain.c.license_id == License.id)
    return joined.where(chain.c.after.is_(None), License.expires_on != chain.c.expires_on)


def changes_are_counted() -> Select[Any]:
    """The `seq` of a license is not below that of any of its redemptions and reversals, of which no two have one."""
    entries = _entries().subquery()
    last = select(entries.c.license_id, func.max(entries.c.license_seq).label("seq"))
    counted = last.add_columns((func.count() - func.count(entries.c.license_seq.distinct())).label("doubles"))
    told = counted.group_by(entries.c.license_id).subquery()
    joined = select(License.id).join(told, told.c.license_id == License.id)
    return joined.where((License.seq < told.c.seq) | (told.c.doubles > 0))


def reversed_redemptions_have_their_reversal() -> Select[Any]:
    """A redemption is marked as reversed if and only if a reversal of its license, and later, says so (R18)."""
    pair = and_(
        Reversal.code == Redemption.code,
        Reversal.license_id == Redemption.license_id,
        Reversal.license_seq > Redemption.license_seq,
        Reversal.reversed_at == Redemption.reversed_at,
    )
    unpaired = select(Redemption.license_id).outerjoin(Reversal, pair)
    unpaired = unpaired.where(Reversal.code.is_(None), Redemption.reversed_at.is_not(None))
    alone = select(Reversal.license_id).outerjoin(Redemption, pair).where(Redemption.code.is_(None))
    both = union(unpaired, alone).subquery()
    return select(both.c.license_id)


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


def _entries() -> CompoundSelect[Any]:
    """All that has moved the end of licenses: redemptions and reversals, each with the end before and after it."""
    return union_all(
        *(
            select(kind.license_id, kind.license_seq, kind.previous_expires_on, kind.expires_on)
            for kind in (Redemption, Reversal)
        )
    )


def _chain() -> Subquery:
    """The entries of each license in their order, each with the end that its neighbors told."""
    entries = _entries().subquery()
    license_id, order = entries.c.license_id, entries.c.license_seq
    before = func.lag(entries.c.expires_on).over(partition_by=license_id, order_by=order).label("before")
    after = func.lead(entries.c.expires_on).over(partition_by=license_id, order_by=order).label("after")
    return select(license_id, entries.c.previous_expires_on, entries.c.expires_on, before, after).subquery()
