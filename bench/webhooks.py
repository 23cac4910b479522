"""What it costs to take a webhook of Stripe's, against a bare door that inserts one row.

One uvicorn worker serves both (bench/webhooks_server.py), asked in turns: ROUNDS times SECONDS of the one and of the
other (bench.measure.in_turns). Both are sent the same bytes, signed a moment before, and no event twice. The bare door
is of a bare application: it reads no byte of them, asks for no signature, and inserts one row of an id and a number
through the same engine (kit.database), with as many connections. No worker runs: only the intake is measured.
"""

import json
import os
import tempfile
import time
import uuid
from pathlib import Path

from bench.api import load, serving
from bench.measure import Measure, at_least, in_turns
from bench.webhooks_server import BARE, TABLE

ROUNDS = 15
SECONDS = 1.0
AT_ONCE = 6_000  # requests made for each turn: more than a worker can take in it
PATH = "/api/v1/webhooks/stripe"
SECRET = "whsec_" + "bench" * 7
BOUND = 0.6


def run() -> list[Measure]:
    """Events taken a second."""
    import psycopg

    from kit import postgres
    from kit.database import APPLICATION
    from kit.settings import variables
    from kit.store import Store
    from migrations import migrate

    with tempfile.TemporaryDirectory() as folder, postgres.running(Store(Path(folder))) as database:
        migrate(database.urls.owner)
        with psycopg.connect(database.urls.owner, autocommit=True) as owner:
            owner.execute(f"CREATE TABLE {TABLE} (id uuid PRIMARY KEY, amount bigint NOT NULL)")
            owner.execute(f"GRANT INSERT ON {TABLE} TO {APPLICATION}")
        told = {"PAYBAND_STORE": folder, "PAYBAND_STRIPE_WEBHOOK_SECRETS": SECRET}
        with serving("bench.webhooks_server:app", os.environ | told | variables(database.urls)) as (port, _):
            taken, inserted = _rates(port)
    return [at_least("billing.webhooks_taken", taken, inserted, BOUND, "requests/s")]


def _rates(port: int) -> tuple[float, float]:
    for path in (PATH, BARE):
        load(port, _requests(path), 2 * SECONDS)
    return in_turns(lambda: _turn(port, PATH), lambda: _turn(port, BARE), ROUNDS)


def _turn(port: int, path: str) -> float:
    return load(port, _requests(path), SECONDS)


def _requests(path: str) -> list[bytes]:
    return [_request(path) for _ in range(AT_ONCE)]


def _request(path: str) -> bytes:
    """An event as large as Stripe's are, about an object that was not told of before."""
    from stripe import WebhookSignature

    about = {"id": f"cus_{uuid.uuid4().hex}", "object": "customer", "metadata": {"filler": "x" * 1_500}}
    told = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": "customer.updated", "created": int(time.time())}
    body = json.dumps(told | {"data": {"object": about}})
    signature = WebhookSignature.generate_signature_header(body, SECRET)
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nStripe-Signature: {signature}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
