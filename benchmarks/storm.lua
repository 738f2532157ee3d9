-- What wrk runs (see benchmarks/wrk.py): the next request of a file, each sent once; it stops where none is left.
-- With a rate every free connection waits for the next moment that is due, so that requests come whatever the answers.
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } moment; int clock_gettime(int clock, moment *now);")
local now, first = ffi.new("moment"), nil

local function seconds()
  ffi.C.clock_gettime(1, now)
  return tonumber(now.s) + tonumber(now.ns) / 1e9
end

function setup(thread)
  first = thread
end

function init(arguments)
  file = assert(io.open(arguments[1], "rb"))
  size, left, taken = tonumber(arguments[2]), tonumber(arguments[4]), 0
  file:seek("set", size * tonumber(arguments[3]))
  rate, due, late = tonumber(arguments[5]), 0, 0
  if rate > 0 then delay = wait end
end

function wait()
  local at = seconds()
  if due == 0 then due = at end
  due = due + 1 / rate
  if due >= at then return math.floor((due - at) * 1000 + 0.5) end
  late = late + 1
  return 0
end

function request()
  if not tried then
    -- wrk asks once before it begins, to see what requests are like, and does not send what it gets.
    tried = true
    local example = file:read(size)
    file:seek("cur", -size)
    return example
  end
  began = began or seconds()
  if left == 0 then
    -- wrk sleeps on until its time is over, but the load was as long as this.
    ended = ended or seconds()
    wrk.thread:stop()
    return "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
  end
  left, taken = left - 1, taken + 1
  return file:read(size)
end

function done(summary, latency)
  local failed, over = summary.errors, first:get("ended")
  local lasted = over and (over - first:get("began")) * 1e6 or summary.duration
  io.write(string.format(
    '\nDONE {"taken": %d, "answers": %d, "refused": %d, "lost": %d, "late": %d, "microseconds": %d, '
      .. '"p50": %d, "p99": %d}\n',
    first:get("taken"), summary.requests, failed.status, failed.connect + failed.read + failed.write + failed.timeout,
    first:get("late"), lasted, latency:percentile(50), latency:percentile(99)))
end
