"""Who may enter: staff, and the tokens of staff and dealers. A token is stored as a digest only."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from prolong_server.db import Base
from prolong_server.models.columns import Instant, Words, words_of
from prolong_server.rules.actors import Role


class Staff(Base):
    """A person of the vendor."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[Role] = mapped_column(words_of(Role, "role"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Token(Base):
    """A bearer token of one dealer or one member of staff; `last_used_on` is kept to the day."""

    __tablename__ = "tokens"
    __table_args__ = (CheckConstraint("(dealer_id IS NULL) <> (staff_id IS NULL)", name="holder"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    dealer_id: Mapped[int | None] = mapped_column(ForeignKey("dealers.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[tuple[str, ...]] = mapped_column(Words)
    test: Mapped[bool] = mapped_column(default=False)
    expires_on: Mapped[date | None]
    last_used_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
