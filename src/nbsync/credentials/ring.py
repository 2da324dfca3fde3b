"""The system's keyring, where it has one; what stands behind it is other people's code."""

from __future__ import annotations

_SERVICE = "nbsync"


class Unusable(Exception):  # noqa: N818 - says what the keyring is
    """The keyring cannot be used; the text says why, and holds no key."""


class Missing(Unusable):
    """There is no keyring."""

    def __init__(self) -> None:
        super().__init__("this system has none")


def read(host: str) -> str:
    """The key that is kept for a host; "" for none.

    Raises:
        Unusable: There is no keyring, or it does not open.
    """
    try:
        import keyring  # noqa: PLC0415 - slow to load, and most runs have their key already

        return (keyring.get_password(_SERVICE, host) or "").strip()
    except Exception as error:  # noqa: BLE001 - backends raise what they please
        raise _unusable(error) from None


def write(host: str, key: str) -> None:
    """Keep a key for a host, in place of the one that was kept.

    Raises:
        Unusable: There is no keyring, or it does not take the key.
    """
    try:
        import keyring  # noqa: PLC0415 - as above

        keyring.set_password(_SERVICE, host, key)
    except Exception as error:  # noqa: BLE001 - as above; its text or its cause may hold the key
        raise _unusable(error, secret=key) from None
    if read(host) != key:  # keyring's own "null" backend takes everything and keeps nothing
        raise Unusable("it does not keep what it is given")


def remove(host: str) -> bool:
    """Forget the key for a host; whether there was one.

    Raises:
        Unusable: There is no keyring, or it does not let go of the key.
    """
    if not read(host):
        return False
    try:
        import keyring  # noqa: PLC0415 - as above

        keyring.delete_password(_SERVICE, host)
    except Exception as error:  # noqa: BLE001 - as above
        raise _unusable(error) from None
    return True


def _unusable(error: Exception, *, secret: str = "") -> Unusable:
    from keyring.errors import NoKeyringError  # noqa: PLC0415 - as above

    if isinstance(error, NoKeyringError):
        return Missing()
    text = " ".join(str(error).split())
    if not text or (secret and secret in text):
        text = type(error).__name__
    return Unusable(f"it cannot be used ({text[:200]})")
