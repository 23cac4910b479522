-- Admits requests under several moving windows each: every window of a request counts it, or none does.
--
-- KEYS: the windows of all requests, one after another. A window is a list of moments (microseconds), newest first.
-- ARGV: for each request the number of its windows, then of each window its quota and its length in microseconds.
-- Answers, for each request, microseconds until it would be admitted (0: it was), then of each window what is left of
-- its quota and the microseconds until more is.
--
-- The time is this server's, so that the clocks of those who ask need not agree.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function expire(key, window)
  local oldest = redis.call('LINDEX', key, -1)
  while oldest and tonumber(oldest) < now - window do
    redis.call('RPOP', key)
    oldest = redis.call('LINDEX', key, -1)
  end
end

local function wait(key, quota, window)
  if quota == 0 then
    return window
  end
  return tonumber(redis.call('LINDEX', key, quota - 1)) + window - now + 1
end

local function count(key, window)
  -- A clock that was set back must not put a moment before an older one.
  local newest = tonumber(redis.call('LINDEX', key, 0) or 0)
  redis.call('LPUSH', key, string.format('%.0f', math.max(now, newest)))
  redis.call('PEXPIRE', key, math.ceil(window / 1000) + 1000)
end

local answer = {}
local first_key, argument = 1, 1
while argument <= #ARGV do
  local windows = tonumber(ARGV[argument])
  local retry = 0
  for i = 0, windows - 1 do
    local key, quota, window = KEYS[first_key + i], tonumber(ARGV[argument + 1 + 2 * i]), tonumber(ARGV[argument + 2 + 2 * i])
    expire(key, window)
    if redis.call('LLEN', key) >= quota then
      retry = math.max(retry, wait(key, quota, window))
    end
  end
  answer[#answer + 1] = retry
  for i = 0, windows - 1 do
    local key, quota, window = KEYS[first_key + i], tonumber(ARGV[argument + 1 + 2 * i]), tonumber(ARGV[argument + 2 + 2 * i])
    if retry == 0 then
      count(key, window)
    end
    local oldest = tonumber(redis.call('LINDEX', key, -1) or now)
    answer[#answer + 1] = math.max(0, quota - redis.call('LLEN', key))
    answer[#answer + 1] = oldest + window - now
  end
  first_key = first_key + windows
  argument = argument + 1 + 2 * windows
end
return answer
