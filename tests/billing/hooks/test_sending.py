"""What strangers name is asked only where it is public: looked up once, and connected to what was looked at."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from billing.hooks.sending import Network, NotSent, check, is_allowed, post
from tests.billing.hooks.receiver import receiving

HERE: tuple[Network, ...] = (ipaddress.IPv4Network("127.0.0.0/8"),)


def sent(url: str, networks: Sequence[Network] = (), answers: Sequence[Sequence[str]] | None = None) -> tuple[int, int]:
    """The status, and how often the name was looked up, which was answered with `answers` one after the other."""
    asked = 0

    async def resolve(host: str, port: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        assert answers is not None
        return answers[asked - 1]

    async def run() -> int:
        if answers is None:
            return await post(url, {}, b"{}", networks)
        return await post(url, {}, b"{}", networks, resolve)

    return asyncio.run(run()), asked


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://",
        "https://user:word@example.org/",
        "https://example.org/#part",
        "https://example.org:0/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://LOCALHOST.:8443/",
        "https://a.localhost/",
        "https://intranet/",
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://10.258/",
        "https://exa mple.org/",
        "https://exämple.org/",
        "https://example.org/" + "x" * 1_000,
    ],
)
def test_an_address_that_nothing_can_be_sent_to_is_refused_when_it_is_named(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  in words that differ
        check(url, ())


@pytest.mark.parametrize("url", ["http://localhost:8080/", "https://intranet/", "http://127.1/"])
def test_a_name_may_be_of_a_network_of_ones_own(url: str) -> None:
    check(url, HERE)


@pytest.mark.parametrize(
    "url",
    ["https://example.org/hook", "https://example.org:8443/a?b=c", "https://1.1.1.1/", "https://local.example.org/"],
)
def test_a_public_address_is_taken(url: str) -> None:
    check(url, ())


INSIDE = (
    "127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 198.18.0.1 "
    "192.0.2.1 ::1 :: fe80::1 fc00::1 ff02::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: 2001::1 "
    "::7f00:1 ::ffff:0:7f00:1 ::ffff:0:a00:1 64:ff9b:1::7f00:1 fec0::1 5f00::1 4000::1 100::1 2001:db8::1 3fff::1"
)


@pytest.mark.parametrize("address", INSIDE.split())
def test_what_is_not_public_is_not_connected_to_whatever_its_name_is(address: str) -> None:
    assert not is_allowed(ipaddress.ip_address(address), (), "https")
    with pytest.raises(NotSent, match="not at a public address"):
        sent("https://hooks.example.org/", (), [[address]])
    with pytest.raises(NotSent, match="not at a public address"):
        sent("https://hooks.example.org/", (), [["1.1.1.1", address]])


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1", "::ffff:1.1.1.1"])
def test_what_is_public_is_connected_to(address: str) -> None:
    assert is_allowed(ipaddress.ip_address(address), (), "https")


@given(st.ip_addresses(v=4))
def test_nothing_unencrypted_goes_anywhere_that_was_not_allowed(address: ipaddress.IPv4Address) -> None:
    assert is_allowed(address, HERE, "http") == (address in HERE[0])


def test_a_name_is_looked_up_once_and_what_was_looked_at_is_connected_to() -> None:
    """The second answer is never asked for, though it would lead inside."""
    with receiving() as receiver, receiving() as inside:
        url = f"http://hooks.example.org:{receiver.port}/"
        assert sent(url, HERE, [["127.0.0.1"], ["10.0.0.1"]]) == (200, 1)
        headers, _ = receiver.requests[0]
        assert headers["host"] == f"hooks.example.org:{receiver.port}"
        assert inside.requests == []


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with receiving() as receiver:
        assert sent(f"http://hooks.example.org:{receiver.port}/", HERE, [["127.0.0.9", "127.0.0.1"]]) == (200, 1)


def test_a_redirect_is_not_followed_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver, receiving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        receiver.answers = [302]
        assert sent(receiver.url, HERE) == (302, 0)
        assert (len(receiver.requests), proxy.requests) == (1, [])


def test_why_nothing_was_sent_is_told_in_words_of_ours() -> None:
    with pytest.raises(NotSent, match="the name of its host is not known"):
        sent("https://nowhere.invalid/")
    with receiving() as receiver:
        gone = receiver.url
    with pytest.raises(NotSent, match="the connection failed"):
        sent(gone, HERE)
    with receiving() as receiver, pytest.raises(NotSent, match=r"the connection failed|not trusted"):
        sent(receiver.url.replace("http:", "https:"), HERE)


def test_a_certificate_is_checked_for_the_name_and_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate("hooks.example.org", tmp_path))
    with receiving(tls) as receiver:
        with pytest.raises(NotSent, match="its certificate is not trusted"):
            sent(f"https://hooks.example.org:{receiver.port}/", HERE, [["127.0.0.1"]])
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "hooks.example.org.pem"))
        assert sent(f"https://hooks.example.org:{receiver.port}/", HERE, [["127.0.0.1"]]) == (200, 1)
        with pytest.raises(NotSent, match="its certificate is not trusted"):
            sent(f"https://other.example.org:{receiver.port}/", HERE, [["127.0.0.1"]])


def certificate(name: str, folder: Path) -> Path:
    """A certificate for that name, signed by itself, and its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    return path
