"""What of a question is never written down, and what an editor may read."""

from __future__ import annotations

import base64
import random
import secrets

import pytest

from indexer.queries.policy import LONGEST_QUESTION, may_be_kept, normalized


@pytest.mark.parametrize(
    "text",
    [
        "rye bread",
        "how do I upgrade to 1.2.3",
        "python 3.11.7",
        "2026-01-31",
        "2019 - 2024",
        "error 0x80070005",
        "ERR_CONNECTION_REFUSED",
        "C++ std::vector",
        "::before",
        "@angular/core",
        "reset password",
        "csrf token",
        "api key rotation",
        "AbstractSingletonProxyFactoryBean",
        "getElementsByTagNameNS",
        "kubernetes-1-29-release-notes",
        "utf8mb4_unicode_ci",
        "a1b2c3d",
        "port 8080",
        "/usr/share/nginx",
        "https://blog.example/rye/",
        "сыр и хлеб",
        "メモリ",
        "::1 localhost"[6:],
    ],
)
def test_what_people_ask_a_site_may_be_kept(text: str) -> None:
    assert may_be_kept(text)


@pytest.mark.parametrize(
    "text",
    [
        "ann@blog.example",
        "mail ann.lee+x@mail.blog.example now",
        "https://ann:secret@blog.example/",
        "https://blog.example/reset?token=abc",
        "+49 171 2345678",
        "(555) 010-9999",
        "call 0171/2345678",
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "078-05-1120",
        "192.168.178.20",
        "10.0.0.1:8080",
        "10.1.2.0/24",
        "2001:db8::8a2e:370:7334",
        "d41d8cd98f00b204e9800998ecf8427e",
        "123e4567-e89b-12d3-a456-426614174000",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_abcdefghijklmnopqrst",
        "sk_live_abcdefghij",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",
        "password: hunter2",
        "DB_PASSWORD=hunter2",
        "api_key = abc",
        "Authorization: Bearer abc",
        "bearer abcdefgh",
        "/home/ann/notes.md",
        r"C:\Users\ann\notes",
        "-----BEGIN RSA PRIVATE KEY-----",
        "x" * (LONGEST_QUESTION + 1),
        "two\nlines",
        "",
    ],
)
def test_what_may_tell_of_somebody_or_open_something_is_not_kept(text: str) -> None:
    assert not may_be_kept(text)


def test_hardly_any_token_passes_for_a_question() -> None:
    """Of tokens of 24 bytes as programs make them, in three alphabets."""
    made = random.Random(7)
    tokens = [made.randbytes(24) for _ in range(1_000)]
    texts = [base64.b64encode(one).decode() for one in tokens]
    texts += [base64.urlsafe_b64encode(one).decode() for one in tokens]
    texts += [one.hex() for one in tokens]
    kept = [text for text in texts if may_be_kept(text)]
    assert len(kept) <= len(texts) // 300, kept


def test_a_token_of_ours_is_never_kept() -> None:
    assert not any(may_be_kept(f"seealso_{secrets.token_urlsafe(32)}") for _ in range(200))


def test_questions_that_differ_in_capitals_blanks_and_what_nobody_sees_are_one() -> None:
    assert {normalized(text) for text in ("Rye  Bread", " rye bread ", "RYE\tBREAD", "rye\u200b bread")} == {
        "rye bread"
    }
