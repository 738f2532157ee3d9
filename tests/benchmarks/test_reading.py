"""What other programs tell is read as they write it; the samples are theirs."""

import pytest

from benchmarks import load, meters, pgbench
from benchmarks.meters import LogBytes
from benchmarks.pgbench import Pace

PGBENCH = """pgbench (18.4)
transaction type: /tmp/x.sql
scaling factor: 1
query mode: prepared
number of clients: 16
number of threads: 2
maximum number of tries: 1
duration: 1 s
number of transactions actually processed: 2387
number of failed transactions: 0 (0.000%)
latency average = 6.702 ms
initial connection time = 31.041 ms
tps = 2387.264 (without initial connection time)
"""
WALDUMP = """WAL statistics between 0/1 and 0/2:
Type            N      (%)    Record size      (%)   FPI size      (%)   Combined size      (%)
----            -      ---    -----------      ---   --------      ---   -------------      ---
Heap          120 ( 60.00)           9000 ( 60.00)      40960 ( 80.00)           49960 ( 75.00)
         --------                --------            --------                 --------
Total         200                   15000 [22.66%]      51200 [77.34%]           66200 [100%]
"""


def test_the_speed_and_the_count_of_pgbench_are_read():
    assert pgbench.read(PGBENCH) == Pace(2387.264, 2387)


def test_a_pgbench_without_a_speed_is_a_failure():
    with pytest.raises(RuntimeError, match="did not tell its speed"):
        pgbench.read("pgbench: error: connection failed")


def test_records_and_whole_pages_of_the_log_are_told_apart():
    assert meters.read_log_bytes(WALDUMP) == LogBytes(15000, 51200)


def test_wrk_does_not_wait_for_its_last_answers_and_they_are_not_counted():
    told = {"taken": 110, "answers": 100, "refused": 7, "microseconds": 2_000_000, "p50": 1500, "p99": 9000}
    tally = load.wrk_tally(told, cpu=0.5)
    assert (tally.created, tally.refused, tally.unanswered) == (93, 7, 10)
    assert (tally.per_second, tally.p50, tally.p99) == (46.5, 1.5, 9.0)


def test_our_own_generator_tells_each_status_apart():
    told = {"taken": 4, "seconds": 2.0, "cpu_seconds": 0.1, "milliseconds": {"201": [1.0, 3.0], "503": [2.0]}}
    tally = load.own_tally(told)
    assert (tally.created, tally.refused, tally.unanswered, tally.p50, tally.p99) == (2, 1, 1, 2.0, 3.0)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.995, 100), (0.001, 1)])
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(share, value):
    assert load.quantile([float(number) for number in range(1, 101)], share) == value


def test_frames_of_transactions_do_not_read_or_write():
    assert meters.without_frames(["BEGIN", "SELECT 1", "UPDATE codes", "COMMIT"]) == ["SELECT 1", "UPDATE codes"]
