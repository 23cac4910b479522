"""Answers that come after the same time, whatever was done for them.

Whether an address has an account decides whether a mail is written, which takes some milliseconds: enough for whoever
asks often to tell one from the other. So these doors answer at the next multiple of PAYBAND_EVEN_ANSWERS_S, which is
longer than any of their work.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request


@asynccontextmanager
async def evenly(request: Request) -> AsyncIterator[None]:
    """Have the block take a multiple of the setting's time."""
    step, begun = request.app.state.settings.even_answers_s, time.monotonic()
    try:
        yield
    finally:
        if step > 0:
            await asyncio.sleep(step - (time.monotonic() - begun) % step)
