"""The letter of a request as its customer downloads it (M2, M10): the data as they stand."""

from sqlalchemy.orm import Session

from prolong_server import db
from prolong_server.call import Call
from prolong_server.licensing import representatives
from prolong_server.modules import letter, request_rows, request_views
from prolong_server.modules.letter import Letter
from prolong_server.rules.languages import Language


def pdf(call: Call, ref: str) -> bytes:
    """The letter of a request in its language, made outside every transaction. NotFound."""
    return letter.write(_letter(call, ref))


@db.reading
def _letter(session: Session, call: Call, ref: str) -> Letter:
    row = request_rows.find(session, call, ref)
    of = request_views.shown(call, request_rows.lines(session, row.id))
    vendor = representatives.support_for(session, None)
    return Letter(
        language=Language(row.language),
        request_id=ref,
        vendor="" if vendor is None else vendor.name,
        day=call.today,
        data=request_rows.facts(row, of, ()),
    )
