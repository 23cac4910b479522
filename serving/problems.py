"""What the API says when it cannot answer: RFC 9457 problem documents, each class with its page in docs/errors."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response

PAGES = Path(__file__).resolve().parent.parent / "docs" / "errors"
MEDIA_TYPE = "application/problem+json"

# code -> (status, title); docs/errors/<code>.md explains each. The last of a status is what it means in general
CODES: dict[str, tuple[int, str]] = {
    "invalid-signature": (401, "The webhook's signature is not good"),
    "stale-signature": (401, "The webhook's signature is too old"),
    "sign-in-failed": (401, "The sign-in failed"),
    "invalid-refresh-token": (401, "The refresh token is not valid"),
    "invalid-link": (401, "The link or token is not valid"),
    "missing-credential": (401, "No credential was sent"),
    "invalid-credential": (401, "The credential is not valid"),
    "payment-declined": (402, "The card was declined"),
    "subscription-lapsed": (402, "The subscription was not paid for"),
    "insufficient-credits": (402, "There are not enough credits"),
    "account-suspended": (403, "The account is suspended"),
    "email-not-verified": (403, "The e-mail address is not confirmed"),
    "wrong-password": (403, "The password is wrong"),
    "wrong-code": (403, "The code is wrong"),
    "wrong-origin": (403, "The request does not come from our own pages"),
    "address-not-allowed": (403, "The key is limited to other addresses"),
    "plan-required": (403, "The plan does not have this"),
    "credential-not-taken": (403, "This door takes another kind of credential"),
    "role-required": (403, "This door is for another role"),
    "not-let-out": (403, "This is not let out to everybody yet"),
    "missing-scope": (403, "The credential may not do this"),
    "licence-not-valid": (403, "The licence is not valid"),
    "beyond-own-rights": (403, "A key cannot be given more than its maker has"),
    "not-found": (404, "There is nothing at this address"),
    "invalid-code": (404, "The code is not good"),
    "no-such-release": (404, "There is no such release"),
    "method-not-allowed": (405, "This address does not take this method"),
    "account-exists": (409, "Another account has this e-mail address"),
    "no-password": (409, "The account has no password"),
    "second-factor-on": (409, "There is a second factor already"),
    "no-second-factor": (409, "There is no second factor"),
    "address-taken": (409, "Somebody else has this address"),
    "proof-required": (403, "Prove anew who you are"),
    "wrong-token": (403, "The token is another one"),
    "gone": (410, "It is there no more"),
    "key-not-live": (409, "The key works no more"),
    "key-rotated": (409, "The key was rotated before"),
    "too-many-keys": (409, "The plan has no room for another key"),
    "too-many-hooks": (409, "There is no room for another webhook endpoint"),
    "hook-disabled": (409, "The webhook endpoint is disabled"),
    "no-machine-left": (409, "The licence has no place for another machine"),
    "machine-not-activated": (409, "The licence is not bound to this machine"),
    "operation-key-reused": (409, "The operation's key was used for something else"),
    "reservation-over": (409, "The reservation has ended"),
    "code-redeemed": (409, "The code was redeemed before"),
    "already-subscribed": (409, "There is a subscription already"),
    "no-subscription": (409, "There is no subscription"),
    "currency-mismatch": (409, "It is paid in another currency"),
    "conflict": (409, "It is not in a state for this"),
    "in-progress": (409, "The same request is worked on"),
    "last-admin": (409, "Nobody could administer any more"),
    "body-too-large": (413, "The request's body is too large"),
    "weak-password": (422, "The password is too easy to guess"),
    "idempotency-key-reused": (422, "The Idempotency-Key was sent with another request"),
    "no-such-offer": (422, "There is no such offer"),
    "malformed-body": (422, "The request's body is not a JSON object"),
    "invalid-parameter": (422, "A parameter is missing or not valid"),
    "unknown-parameter": (422, "A parameter is not known"),
    "quota-reached": (429, "The plan includes no more of this for now"),
    "locked-out": (429, "Too many attempts failed"),
    "rate-limited": (429, "More requests than the limit allows"),
    "internal": (500, "The answer could not be made"),
    "provider-unavailable": (503, "The identity provider does not answer"),
    "payments-unavailable": (503, "The payment provider does not answer"),
    "busy": (503, "Too many people sign in at this moment"),
    "database-unavailable": (503, "The database does not answer"),
    "no-release": (503, "Nothing was published yet"),
    "no-sample-release": (503, "The sample was not built yet"),
}

OBJECT = "The body must be one JSON object with the door's parameters."
NO_OBJECT = ("json_invalid", "model_attributes_type", "dict_type")  # pydantic's words for a body that is none
OURS = "Value error, "  # what pydantic puts before our own words


class Problem(Exception):
    """Raised anywhere below a door.

    `faults` name parameters: [{"parameter": ..., "message": ...}]; `facts` are what `detail` says, for a program.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        faults: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headers = dict(headers or {})
        self.facts = dict(facts or {})


def response_for(problem: Problem, request: Request) -> Response:
    """The problem as an HTTP answer."""
    status, title = CODES[problem.code]
    document: dict[str, Any] = {
        "type": f"/errors/{problem.code}",
        "title": title,
        "status": status,
        "code": problem.code,
        "detail": problem.detail,
        "instance": request.url.path,
        "request_id": request.scope.get("request_id"),
    }
    if problem.faults:
        document["faults"] = list(problem.faults)
    if problem.facts:
        document["facts"] = problem.facts
    headers = {"Cache-Control": "no-store", **problem.headers}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="payband"'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "2")
    return Response(orjson.dumps(document), status, headers, MEDIA_TYPE)


def of_faults(errors: Sequence[Any]) -> Problem:
    """One problem of pydantic's list of errors."""
    empty = any(error["type"] == "missing" and error["loc"] == ("body",) for error in errors)
    if empty or any(error["type"] in NO_OBJECT for error in errors):
        return Problem("malformed-body", OBJECT)
    unknown = [_named(error["loc"]) for error in errors if error["type"] == "extra_forbidden"]
    if unknown:
        faults = [{"parameter": name, "message": "not a parameter of this door"} for name in unknown]
        return Problem("unknown-parameter", f"Unknown: {', '.join(unknown)}. Nothing is ignored.", faults=faults)
    faults = [{"parameter": _named(error["loc"]), "message": error["msg"].removeprefix(OURS)} for error in errors]
    detail = "; ".join(f"{fault['parameter']}: {fault['message']}" for fault in faults)
    return Problem("invalid-parameter", detail, faults=faults)


def _named(place: Sequence[Any]) -> str:
    names = [str(part) for part in place if part not in ("query", "body", "path")]
    return ".".join(names) or "body"
