"""What a validation that is remembered costs, against an empty door of the same framework in the same process.

One uvicorn worker serves both (bench/licences_server.py), asked in turns: ROUNDS times SECONDS of the one and of the
other (bench.measure.in_turns). Both are sent the same bytes; the empty door reads none of them, asks nobody, and is
behind nothing. Each machine asks from an address of its own, as machines do, and is counted under it.
"""

import asyncio
import hashlib
import json
import os
import tempfile
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from bench.api import load, serving
from bench.licences_server import EMPTY
from bench.measure import Measure, at_least, in_turns

if TYPE_CHECKING:
    from accounts.context import Context

ROUNDS = 25
SECONDS = 0.8
REST_S = 0.5  # in which validations are written down by nobody's cost
MACHINES = 300
ADDRESSES = 3_000  # no one of them may ask as often as a worker can answer
PATH = "/api/v1/licenses/validate"
BOUND = 0.7


def run() -> list[Measure]:
    """Validations a second."""
    from accounts.context import context_of
    from accounts.settings import AccountSettings
    from kit import postgres
    from kit.settings import variables
    from kit.store import Store
    from migrations import migrate

    with tempfile.TemporaryDirectory() as folder, postgres.running(store := Store(Path(folder))) as database:
        migrate(database.urls.owner)
        context = context_of(AccountSettings(store=store.root))
        bodies = asyncio.run(_licensed(context, database.urls.admin, database.urls.application))
        told = {"PAYBAND_STORE": folder, "PAYBAND_TRUSTED_PROXIES": "127.0.0.1"}
        with serving("bench.licences_server:app", os.environ | told | variables(database.urls)) as (port, _):
            asked, empty = _rates(port, bodies)
    return [at_least("licences.validate", asked, empty, BOUND, "requests/s")]


async def _licensed(context: "Context", operator: str, application: str) -> list[bytes]:
    """Machines with a licence each; what they send."""
    from accounts.audit import OPERATOR
    from accounts.users import service as users
    from billing.licences import machines, service
    from billing.licences.machines import Asking
    from kit.database import Database

    operators, doors, bodies = Database(operator), Database(application), []
    for number in range(MACHINES):
        async with operators.transaction() as session:
            user = await users.create_user(session, context, f"holder-{number}@payband.example")
            made = await service.issue(session, context, user.id, "desktop-basic", OPERATOR)
        parts = (hashlib.sha256(f"{number} {part}".encode()).hexdigest()[:32] for part in range(4))
        asking = Asking(made.key or "", ".".join(parts), "1.4.2")
        async with doors.transaction() as session:
            await machines.activate(session, context, asking)
        fields = (asking.key, asking.fingerprint, asking.app_version)
        names = ("license_key", "hardware_fingerprint", "app_version")
        bodies.append(json.dumps(dict(zip(names, fields, strict=True))).encode())
    await operators.close()
    await doors.close()
    return bodies


def _rates(port: int, bodies: list[bytes]) -> tuple[float, float]:
    validations, nothing = (_requests(path, bodies) for path in (PATH, EMPTY))
    for warm in (validations, nothing):
        load(port, warm, 3.0)
    one, other = (partial(load, port, asked, SECONDS) for asked in (validations, nothing))
    return in_turns(one, other, ROUNDS, REST_S)


def _requests(path: str, bodies: list[bytes]) -> list[bytes]:
    return [
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nX-Forwarded-For: 10.0.{number >> 8}.{number & 255}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
        for number, body in zip(range(ADDRESSES), cycle(bodies), strict=False)
    ]
