"""The doors of people's own accounts, how they are asked, and what they answer."""

import time
import uuid
from typing import Any

import httpx

from tests.people import PASSWORD
from tests.serving.client import Client

NEW = "nine blue kettles sing"


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def soon_refused(client: Client) -> bool:
    """Within a second."""
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        answer = client.post("/api/v1/auth/validate-session", json={})
        if answer.status_code == 401:
            return bool(answer.json()["code"] == "invalid-credential")
        time.sleep(0.02)
    return False


OPEN: dict[str, dict[str, Any]] = {
    "register": {"email": "a@example.org", "password": NEW},
    "verify-email": {"token": "x"},
    "resend-verification": {"email": "a@example.org"},
    "login": {"email": "a@example.org", "password": NEW},
    "login/mfa": {"mfa_token": "x", "code": "123456"},
    "logout": {"refresh_token": "x"},
    "refresh": {"refresh_token": "x"},
    "forgot-password": {"email": "a@example.org"},
    "reset-password": {"token": "x", "password": NEW},
    "magic-link": {"email": "a@example.org"},
    "magic-link/redeem": {"token": "x"},
}
GUARDED: dict[str, dict[str, Any]] = {
    "POST auth/change-password": {"old_password": PASSWORD, "password": NEW},
    "POST auth/change-email": {"email": "b@example.org", "password": PASSWORD},
    "POST auth/validate-session": {},
    "POST auth/mfa/enrol": {},
    "POST auth/mfa/confirm": {"code": "123456"},
    "POST auth/mfa/disable": {"password": PASSWORD, "code": "123456"},
    "POST auth/mfa/recovery-codes": {"password": PASSWORD, "code": "123456"},
    "GET auth/sessions": {},
    f"DELETE auth/sessions/{uuid.UUID(int=1)}": {},
    "GET users/me": {},
    "PATCH users/me": {"name": "Ann"},
}
KEYS_TAKEN = {"GET users/me": "account:read", "PATCH users/me": "account:write"}


def ask(client: Client, door: str, body: Any) -> httpx.Response:
    method, path = door.split()
    return client.request(method, f"/api/v1/{path}", **({} if method in ("GET", "DELETE") else {"json": body}))
