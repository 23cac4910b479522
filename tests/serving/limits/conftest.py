"""Limits are tested on a real Redis."""

from tests.redis import _redis_program, redis

__all__ = ["_redis_program", "redis"]
