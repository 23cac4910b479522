"""The file of keys beside backups: always the newest, one installation's, and ours alone to read."""

import json
import uuid
from pathlib import Path

import psycopg
import pytest

from accounts.programs import create_key
from accounts.vault import keeping
from kit.errors import BadInput
from kit.postgres import Server
from kit.secrets import Secrets
from tests.databases import SECRETS, context


def test_the_newest_keys_overwrite_the_last_and_only_ours(postgres: Server, tmp_path: Path) -> None:
    create_key(postgres.urls.admin, context(), f"{uuid.uuid4().hex}@example.org", "laptop")
    secret, file = tmp_path / "secret_key", tmp_path / "backups" / "payband.keys"
    secret.write_text("secret")
    count = keeping.save(postgres.urls.owner, SECRETS, secret, file)
    assert count == keeping.save(postgres.urls.owner, SECRETS, secret, file) > 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(file.read_text())["person_keys"]) == count
    with pytest.raises(BadInput, match="another installation's keys"):
        keeping.save(postgres.urls.owner, Secrets(bytes(32)), secret, file)
    assert len(json.loads(file.read_text())["person_keys"]) == count


def test_keys_come_back_for_the_people_who_are_there(postgres: Server, tmp_path: Path) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    create_key(postgres.urls.admin, context(), email, "laptop")
    file, secret = tmp_path / "payband.keys", tmp_path / "secret_key"
    keeping.save(postgres.urls.owner, SECRETS, secret, file)
    told = json.loads(file.read_text())
    with psycopg.connect(postgres.urls.owner) as connection:
        found = connection.execute("SELECT id FROM users ORDER BY id DESC LIMIT 1").fetchone()
        assert found is not None
        connection.execute("DELETE FROM person_keys WHERE user_id = %s", found)
    kept = {str(found[0]): told["person_keys"][str(found[0])], str(uuid.uuid4()): "AAAA"}
    file.write_text(json.dumps(told | {"person_keys": kept, "secret_key": "secret\n"}))
    assert keeping.load(postgres.urls.owner, secret, file) == 1
    assert secret.read_text() == "secret\n"
    with psycopg.connect(postgres.urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM person_keys WHERE user_id = %s", found).fetchone() == (1,)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "other"}', "not JSON"])
def test_what_is_no_file_of_keys_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "payband.keys"
    file.write_text(text)
    with pytest.raises(BadInput, match="not a file of keys"):
        keeping.load(None, tmp_path / "secret_key", file)
    assert not (tmp_path / "secret_key").exists()
    with pytest.raises(BadInput, match="there is no file"):
        keeping.load(None, tmp_path / "secret_key", tmp_path / "none")
