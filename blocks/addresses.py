"""Addresses as they may be shown: without users, passwords and queries, wherever they come from."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

HIDDEN = "***"


def public(address: str) -> str:
    """The address without its user part, query and fragment; of none, the text itself."""
    parts = urlsplit(address)
    if not parts.netloc:
        return address
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def masked(text: str, address: str) -> str:
    """A text, such as a library's error, in which the address may occur, with what is secret in it hidden."""
    shown = text.replace(address, public(address))
    for secret in sorted(_secrets(address), key=len, reverse=True):
        shown = shown.replace(secret, HIDDEN)
    return shown


def holds_secret(address: str) -> bool:
    """Whether there is a password, a user part of a web address, or something that is called a credential."""
    parts = urlsplit(address)
    named = any(_is_credential(name) for name, _ in parse_qsl(parts.query))
    return bool(parts.password or named or (parts.username and parts.scheme in ("http", "https")))


def _secrets(address: str) -> set[str]:
    parts = urlsplit(address)
    user = parts.username if parts.password or parts.scheme in ("http", "https") else None
    credentials = [value for name, value in parse_qsl(parts.query) if _is_credential(name)]
    userinfo = parts.netloc.rpartition("@")[0] if parts.password else None
    return {secret for secret in (userinfo, parts.password, user, *credentials) if secret}


def _is_credential(name: str) -> bool:
    return any(word in name.lower() for word in ("pass", "pwd", "token", "secret", "key", "sig", "auth"))
