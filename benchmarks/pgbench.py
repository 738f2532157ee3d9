"""The yardsticks: PostgreSQL itself changes the same rows, as one statement (`c`) or as a transaction of several."""

import re
import subprocess
from dataclasses import dataclass
from tempfile import NamedTemporaryFile

from benchmarks import seeding
from benchmarks.stage import Stage, connected, number
from tests.vendor import MACHINE, Vendor

CLIENTS = 16
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
# What a program would send that reads, judges and then writes: one statement after the other in one transaction.
SEPARATE_STATEMENTS = r"""
BEGIN;
SELECT digest AS code, license_id AS license FROM bench_pairs WHERE n = (SELECT nextval('bench_turn')) \gset
SELECT c.state AS state, o.period_years AS years, e.kind AS kind, d.country AS country
FROM codes c JOIN orders o ON o.id = c.order_id JOIN editions e ON e.id = o.edition_id
JOIN products p ON p.id = e.product_id JOIN dealers d ON d.id = o.dealer_id WHERE c.digest = :code \gset
SELECT l.seq AS seq, l.expires_on AS until, m.id AS machine
FROM licenses l LEFT JOIN machines m ON m.license_id = l.id AND m.fingerprint = '{fingerprint}'
WHERE l.id = :license \gset
UPDATE codes SET state = 1 WHERE digest = :code AND state = 0;
UPDATE licenses SET expires_on = expires_on + 365, seq = seq + 1, changed_at = now()
WHERE id = :license AND seq = :seq;
INSERT INTO redemptions (code, license_id, license_seq, redeemed_at, redeemed_on, previous_expires_on, expires_on,
                         period_years, renewal_basis)
VALUES (:code, :license, :seq + 1, now(), current_date, :until, CAST(:until AS date) + 365, 1, 'from_expiry');
COMMIT;
"""
_PREPARE = (
    "CREATE TABLE bench_pairs (n bigint PRIMARY KEY, digest bytea NOT NULL, license_id bigint NOT NULL)",
    "CREATE SEQUENCE bench_turn",
    """
    INSERT INTO bench_pairs
    SELECT c.n, c.digest, l.id
    FROM (SELECT digest, row_number() OVER (ORDER BY md5(digest)) AS n FROM codes WHERE order_id = ANY(%s)) c
    JOIN (
        SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS n FROM licenses WHERE license_key LIKE 'PGB-%%'
    ) l USING (n)
    """,
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Redemptions a second, and how many there were."""

    per_second: float
    redemptions: int


def prepare(stage: Stage, made: Vendor, count: int) -> None:
    """So many pairs of codes and licenses that only pgbench spends."""
    seeding.copy_licenses(stage, "PGB", count)
    orders = [seeding.number_of(order) for order in seeding.order(stage, made, count)]
    with connected(stage) as connection:
        connection.execute(_PREPARE[0])
        connection.execute(_PREPARE[1])
        connection.execute(_PREPARE[2], [orders])


def one_statement(stage: Stage, seconds: float) -> Pace:
    """The whole redemption as one statement: the yardstick `c`."""
    return _run(stage, ONE_STATEMENT.replace("\n", " "), seconds)


def separate_statements(stage: Stage, seconds: float) -> Pace:
    """The redemption as a transaction of separate statements."""
    script = SEPARATE_STATEMENTS.replace("{fingerprint}", MACHINE.fingerprint)
    return _run(stage, script, seconds)


def _run(stage: Stage, script: str, seconds: float) -> Pace:
    with NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        before = _rows(stage)
        told = subprocess.run(_command(stage, file.name, seconds), capture_output=True, text=True, check=False)
    if told.returncode:
        raise RuntimeError(f"pgbench failed ({told.returncode}):\n{told.stderr}")
    pace = read(told.stdout)
    # Where the pairs have run out, pgbench goes on and changes nothing, at a speed that means nothing.
    if (rows := _rows(stage) - before) < pace.redemptions:
        raise RuntimeError(f"pgbench told {pace.redemptions} redemptions, the database has {rows}: give more --pairs.")
    return pace


def _command(stage: Stage, script: str, seconds: float) -> list[str]:
    size = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(max(1, round(seconds)))]
    where = ["-h", str(stage.postgres.socket), "-U", "postgres", "-f", script, stage.database]
    return [str(stage.postgres.programs / "pgbench"), *size, *where]


def read(told: str) -> Pace:
    """What pgbench told. Raises RuntimeError when it told no speed."""
    speed = re.search(r"^tps = ([0-9.]+)", told, re.MULTILINE)
    done = re.search(r"^number of transactions actually processed: (\d+)", told, re.MULTILINE)
    if speed is None or done is None:
        raise RuntimeError(f"pgbench did not tell its speed:\n{told}")
    return Pace(float(speed[1]), int(done[1]))


def _rows(stage: Stage) -> int:
    return number(stage, "SELECT count(*) FROM redemptions")
