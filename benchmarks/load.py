"""Load on a server: by wrk, or by a generator of our own where wrk is missing; a process of its own either way.

wrk costs about a third of what the generator in Python costs, and so leaves more of the machine to the server: it tells
how many. Its percentiles count a stall once for every request that would have been sent meanwhile, so how long answers
take is told by our own generator.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.seeding import Stock

_SCRIPT = Path(__file__).with_name("storm.lua")
SETTLE_SECONDS = 0.3
_DONE = re.compile(r"^DONE (\{.*\})$", re.MULTILINE)


class OutOfCodes(Exception):
    """Every code is spent: the numbers that were asked for cannot be measured."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What came back. Requests `unanswered` were sent, and whether they were carried out is not known.

    `seconds` of the load and of the generator's processor time (`cpu`), quantiles of all answers in milliseconds.
    """

    sent: int
    created: int
    refused: int
    unanswered: int
    seconds: float
    p50: float
    p99: float
    cpu: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers of status 201 a second."""
        return self.created / self.seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """So many connections for so long: each sends when its answer came, or all of them together at `rate` a second.

    With `is_timed` it is our own generator that sends, and quantiles are those of the answers.
    """

    connections: int
    seconds: float
    rate: float = 0.0
    is_timed: bool = False


def has_wrk() -> bool:
    """Whether wrk is installed."""
    return shutil.which("wrk") is not None


def storm(port: int, stock: Stock, plan: Plan, most: int | None = None) -> Tally:
    """Send fresh requests of the stock, at most so many, until the time is over. Raises OutOfCodes."""
    tally = finished(started(port, stock, plan, most), stock)
    # wrk does not wait for its last answers; what comes next must not pay for them.
    time.sleep(SETTLE_SECONDS)
    return tally


def started(port: int, stock: Stock, plan: Plan, most: int | None = None) -> "subprocess.Popen[str]":
    """A generator at work; `finished` waits for it. Raises OutOfCodes."""
    if stock.left < plan.connections:
        raise OutOfCodes(f"All {stock.count} codes are spent; run again with more of them (--pairs).")
    count = min(stock.left, most or stock.left)
    command = _wrk(port, stock, plan, count) if has_wrk() and not plan.is_timed else own(port, stock, plan, count)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finished(process: "subprocess.Popen[str]", stock: Stock) -> Tally:
    """Wait for the generator; what it has sent is spent."""
    text, cpu = waited(process)
    found = _DONE.search(text)
    tally = wrk_tally(json.loads(found[1]), cpu) if found else own_tally(json.loads(text))
    stock.spent += tally.sent
    return tally


def waited(process: "subprocess.Popen[str]") -> tuple[str, float]:
    """What a process printed until its end, and its seconds of processor time. Raises RuntimeError if it failed."""
    if process.stdout is None:
        raise RuntimeError("The output of the generator is not read.")
    with process.stdout as output:
        text = output.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"The load generator failed ({process.returncode}):\n{text}")
    return text, used.ru_utime + used.ru_stime


def _wrk(port: int, stock: Stock, plan: Plan, count: int) -> list[str]:
    seconds = max(1, round(plan.seconds))
    shape = ["-t1", f"-c{plan.connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(_SCRIPT)]
    told = [str(stock.file), str(stock.size), str(stock.spent), str(count), str(plan.rate)]
    return ["wrk", *shape, f"http://127.0.0.1:{port}", "--", *told]


def own_started(port: int, stock: Stock, plan: Plan) -> "subprocess.Popen[str]":
    """Our own generator at work, which tells the time of every answer by its status."""
    return subprocess.Popen(own(port, stock, plan, stock.left), stdout=subprocess.PIPE, text=True)


def own(port: int, stock: Stock, plan: Plan, count: int) -> list[str]:
    """The command of our own generator."""
    numbers = {"port": port, "size": stock.size, "first": stock.spent, "count": count, "rate": plan.rate}
    numbers |= {"connections": plan.connections, "seconds": plan.seconds}
    words = [word for name, value in numbers.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-m", "benchmarks.generator", str(stock.file), *words]


def wrk_tally(told: dict[str, int], cpu: float) -> Tally:
    """What wrk told. It does not wait for the last answers, and of a refusal it tells only that it was one."""
    created = told["answers"] - told["refused"]
    return Tally(
        sent=told["taken"],
        created=created,
        refused=told["refused"],
        unanswered=told["taken"] - told["answers"],
        seconds=told["microseconds"] / 1e6,
        p50=told["p50"] / 1000,
        p99=told["p99"] / 1000,
        cpu=cpu,
    )


def own_tally(told: dict[str, Any]) -> Tally:
    """What our own generator told; it waits for every answer."""
    answers = sorted(time for times in told["milliseconds"].values() for time in times)
    created = len(told["milliseconds"].get("201", ()))
    return Tally(
        sent=told["taken"],
        created=created,
        refused=len(answers) - created,
        unanswered=told["taken"] - len(answers),
        seconds=told["seconds"],
        p50=quantile(answers, 0.50),
        p99=quantile(answers, 0.99),
        cpu=told["cpu_seconds"],
    )


def quantile(ordered: list[float], share: float) -> float:
    """The least value that at least `share` of the ordered values do not exceed; nothing took no time."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)] if ordered else 0.0
