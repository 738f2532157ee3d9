"""Redemptions a second: Prolong over HTTP against pgbench changing the same rows by one statement, in turn."""

import re
import statistics
import subprocess
from dataclasses import replace
from datetime import timedelta
from tempfile import NamedTemporaryFile

from benchmarks import load
from benchmarks.stage import Stage, connected, serving
from prolong_server.call import Call
from prolong_server.channel import sealed_codes
from prolong_server.licensing import imports
from prolong_server.rules import identifiers
from tests import vendor

ONE_STATEMENT = """
WITH pair AS (
    SELECT digest, license_id FROM bench_pairs WHERE n = (SELECT nextval('bench_turn'))
), spent AS (
    UPDATE codes SET state = 1 FROM pair WHERE codes.digest = pair.digest AND state = 0 RETURNING codes.digest
), moved AS (
    UPDATE licenses SET expires_on = expires_on + 365, seq = seq + 1, changed_at = now()
    FROM pair WHERE licenses.id = pair.license_id AND EXISTS (SELECT FROM spent)
    RETURNING licenses.id, licenses.seq, licenses.expires_on
)
INSERT INTO redemptions (code, license_id, license_seq, redeemed_at, redeemed_on, previous_expires_on, expires_on,
                         period_years, renewal_basis)
SELECT pair.digest, moved.id, moved.seq, now(), current_date, moved.expires_on - 365, moved.expires_on, 1, 'from_expiry'
FROM pair, moved;
"""
PREPARE = """
CREATE TABLE bench_pairs (n bigint PRIMARY KEY, digest bytea NOT NULL, license_id bigint NOT NULL);
CREATE SEQUENCE bench_turn;
INSERT INTO bench_pairs
SELECT c.n, c.digest, l.id
FROM (SELECT digest, row_number() OVER (ORDER BY md5(digest)) AS n FROM codes WHERE order_id = %(order)s) c
JOIN (
    SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS n FROM licenses WHERE license_key LIKE 'PGB-%%'
) l USING (n);
INSERT INTO machines (id, license_id, fingerprint, registered_at)
SELECT id, id, %(fingerprint)s, now() FROM licenses;
UPDATE licenses SET machines = 1;
VACUUM ANALYZE;
"""


def run(stage: Stage, pairs: int, rounds: int, seconds: float) -> None:
    """Print the redemptions a second of both, round by round, and the median of their ratios."""
    requests = _seed(stage, pairs)
    ratios = []
    sent = created = 0
    with serving(stage, workers=2) as port:
        warm, sent = load.storm(port, requests[:4000], 16, seconds)
        created += warm.statuses[201]
        for number in range(1, rounds + 1):
            yardstick = _pgbench(stage, seconds)
            tally, more = load.storm(port, requests[sent:], 16, seconds)
            sent += more
            created += tally.statuses[201]
            ratios.append(tally.per_second / yardstick)
            print(
                f"  round {number}: pgbench {yardstick:7.0f}/s   Prolong {tally.per_second:7.0f}/s   "
                f"ratio {ratios[-1]:.3f}   p50 {_quantile(tally, 50):.1f} ms   p99 {_quantile(tally, 99):.1f} ms   "
                f"{dict(tally.statuses)}"
            )
    print(f"  median of the ratios: {statistics.median(ratios):.3f} (wanted: at least 0.30)")
    _reconcile(stage, created)


def _quantile(tally: load.Tally, percent: int) -> float:
    return statistics.quantiles(tally.seconds, n=100)[percent - 1] * 1000


def _seed(stage: Stage, pairs: int) -> list[bytes]:
    with stage.app.app_context():
        call = replace(vendor.called(), keys=stage.holder.current())
        shop = vendor.found(credit="100000000.00")
        keys = [f"WEB-{number:07d}" for number in range(pairs)]
        _licenses(call, keys)
        _licenses(call, [f"PGB-{number:07d}" for number in range(3 * pairs)])
        codes = list(sealed_codes.read(call, vendor.order(shop, pairs, call)))
        other = vendor.order(shop, 3 * pairs, call)
    _prepare(stage, other)
    return [load.rendered(code, key) for code, key in zip(codes, keys, strict=True)]


def _licenses(call: Call, keys: list[str]) -> None:
    head = "license_key,product,edition,seats,country,starts_on,expires_on,activated_on"
    begin, end = vendor.TODAY - timedelta(days=30), vendor.TODAY + timedelta(days=300)
    lines = (f"{key},{vendor.PRODUCT},home,1,UA,{begin},{end},{begin}" for key in keys)
    imports.load(call, "\n".join([head, *lines]).encode())


def _prepare(stage: Stage, order: str) -> None:
    with connected(stage) as connection:
        for statement in PREPARE.split(";"):
            if statement.strip():
                connection.execute(
                    statement, {"order": identifiers.read("ord", order), "fingerprint": vendor.MACHINE.fingerprint}
                )


def _pgbench(stage: Stage, seconds: float) -> float:
    with NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(ONE_STATEMENT.replace("\n", " "))
        script.flush()
        command = [str(stage.postgres.programs / "pgbench"), "-n", "-M", "prepared", "-c", "16", "-j", "2"]
        where = [
            "-h",
            str(stage.postgres.socket),
            "-U",
            "postgres",
            "-T",
            str(int(seconds)),
            "-f",
            script.name,
            "bench",
        ]
        told = subprocess.run(command + where, capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([0-9.]+)", told)
    if found is None:
        raise RuntimeError(f"pgbench did not tell its speed:\n{told}")
    return float(found[1])


def _reconcile(stage: Stage, created: int) -> None:
    question = (
        "SELECT count(*) FROM redemptions r JOIN licenses l ON l.id = r.license_id WHERE license_key LIKE 'WEB-%'"
    )
    with connected(stage) as connection:
        row = connection.execute(question).fetchone()
    rows = int(str(row[0])) if row else 0
    print(f"  answers counted: {created}, redemptions in the database: {rows}")
    if rows != created:
        raise SystemExit("The rows do not match the answers: the numbers above are worth nothing.")
