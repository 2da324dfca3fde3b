"""Servers on this machine that a client meets before it meets PostHog: TLS, proxies, silence."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgztKXRd+X1hPtriNt
VPE7fHF0YeBw1I0LOyTaLJjSuaqhRANCAARtNgDTwnEw5vT2J6TNS+wbQI0SFhfl
1qo0dBzeWMMwMLihILmPHlom8nIijAVaKbno3OZF/zWmjl50YZEvvqoM
-----END PRIVATE KEY-----
"""
SELF_SIGNED = """\
-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIBATAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBBhIHRlc3Qg
b2YgbmJzeW5jMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAbMRkw
FwYDVQQDDBBhIHRlc3Qgb2YgbmJzeW5jMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
QgAEbTYA08JxMOb09iekzUvsG0CNEhYX5daqNHQc3ljDMDC4oSC5jx5aJvJyIowF
Wim56NzmRf81po5edGGRL76qDKNOMEwwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREE
EzARhwR/AAABgglsb2NhbGhvc3QwHQYDVR0OBBYEFBhTgQA9P9DicLoPsxby2WZQ
70rvMAoGCCqGSM49BAMCA0gAMEUCIQD2HJnR9P00rCXGA6HzLnLu+cvKJYKh0jGc
XP3pgdaveAIgJ+0jCtr0b4phBkRHx9xEM0/QlnfEWrmhFMkyV88VbZc=
-----END CERTIFICATE-----
"""
EXPIRED = """\
-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIBATAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBBhIHRlc3Qg
b2YgbmJzeW5jMB4XDTE5MDEwMTAwMDAwMFoXDTIwMDEwMTAwMDAwMFowGzEZMBcG
A1UEAwwQYSB0ZXN0IG9mIG5ic3luYzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
BG02ANPCcTDm9PYnpM1L7BtAjRIWF+XWqjR0HN5YwzAwuKEguY8eWibyciKMBVop
uejc5kX/NaaOXnRhkS++qgyjTjBMMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMw
EYcEfwAAAYIJbG9jYWxob3N0MB0GA1UdDgQWBBQYU4EAPT/Q4nC6D7MW8tlmUO9K
7zAKBggqhkjOPQQDAgNHADBEAiAvCejzC6D+HwpKyiOq/Mw/ACkmGq/9mB0+vovL
ZdqigAIgNk95HsLd4Uk6VzQQ9SXwyrfDDluyxcGKriTgOFEq2TA=
-----END CERTIFICATE-----
"""


class _Answers(BaseHTTPRequestHandler):
    """Answers every question with a page that is not PostHog's, and lets no one through."""

    def do_GET(self) -> None:
        self._answer(200)

    def do_CONNECT(self) -> None:
        self._answer(403)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""

    def _answer(self, status: int) -> None:
        page = b"<html>Not PostHog</html>"
        self.send_response(status)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


def nothing_in_between(patch: pytest.MonkeyPatch) -> None:
    """Have no proxy, and no certificates but the usual ones."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        patch.delenv(name, raising=False)
        patch.delenv(name.lower(), raising=False)


@contextmanager
def listening(*, certificate: str = "", folder: Path | None = None) -> Iterator[str]:
    """A server that is no PostHog; its name and port.

    Args:
        certificate: The certificate that it shows, for TLS; "" for none.
        folder: Where to put that.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    if certificate:
        assert folder is not None
        file = folder / "server.pem"
        file.write_text(KEY + certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed() -> str:
    """A name and a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"
