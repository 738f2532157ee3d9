"""What representatives note about a transfer request for each other (M4)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from prolong_server.db import Base
from prolong_server.models.columns import Instant


class RequestNote(Base):
    """A note of a review; its customer does not see it. It goes with the personal data of the request."""

    __tablename__ = "request_notes"
    __table_args__ = (Index(None, "request_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    request_id: Mapped[int] = mapped_column(ForeignKey("transfer_requests.id"))
    author: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(String(4000))
    created_at: Mapped[datetime] = mapped_column(Instant)
