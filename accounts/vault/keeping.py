"""The keys of a store as a file of their own, beside backups that hold none.

There is one such file, and each backup overwrites it: a person whose key was destroyed is erased from older backups
too, because what those hold opens no more.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

import psycopg

from kit.errors import BadInput
from kit.secrets import Secrets

TABLE = "person_keys"
KIND = "payband-keys-1"


def save(owner_url: str | None, secrets: Secrets, secret_key: Path, file: Path) -> int:
    """Write everybody's key and the store's own into `file`, over what it held; how many keys that are.

    Raises BadInput for a file that is another installation's, or none of ours.
    """
    if file.exists() and _read(file)["installation"] != _mark(secrets):
        raise BadInput(f"{file} holds another installation's keys: name another file with --keys")
    keys = _people(owner_url) if owner_url is not None else {}
    told = {
        "kind": KIND,
        "installation": _mark(secrets),
        "secret_key": secret_key.read_text() if secret_key.exists() else None,
        "person_keys": keys,
    }
    _write(file, json.dumps(told))
    return len(keys)


def load(owner_url: str | None, secret_key: Path, file: Path) -> int:
    """Put the keys in `file` into a restored store; how many of its people have one.

    Keys of people whom the backup did not know yet are left out. Raises BadInput for a file that is none of ours.
    """
    told = _read(file)
    if told["secret_key"] is not None:
        _write(secret_key, told["secret_key"])
    if owner_url is None:
        return 0
    rows = [(user_id, base64.b64decode(sealed)) for user_id, sealed in told["person_keys"].items()]
    with psycopg.connect(owner_url) as connection:
        if not _there(connection):
            return 0
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO person_keys SELECT %s::uuid, %s WHERE EXISTS (SELECT FROM users WHERE id = %s)",
                [(user_id, sealed, user_id) for user_id, sealed in rows],
            )
            return cursor.rowcount


def _people(owner_url: str) -> dict[str, str]:
    with psycopg.connect(owner_url) as connection:
        if not _there(connection):
            return {}
        found = connection.execute("SELECT user_id, sealed FROM person_keys").fetchall()
    return {str(user_id): base64.b64encode(sealed).decode() for user_id, sealed in found}


def _there(connection: "psycopg.Connection[Any]") -> bool:
    return connection.execute("SELECT to_regclass(%s)", [TABLE]).fetchone() != (None,)


def _mark(secrets: Secrets) -> str:
    """What tells one installation's keys from another's."""
    return secrets.digest("installation", "").hex()


def _read(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text())
        if told["kind"] == KIND:
            return dict(told)
    except FileNotFoundError:
        raise BadInput(f"there is no file {file}") from None
    except (ValueError, KeyError, TypeError):
        pass  # the same fault as another kind
    raise BadInput(f"{file} is not a file of keys that `payband backup` wrote")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.part")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(file)
