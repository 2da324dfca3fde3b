"""An httpx client that takes no cookies, and does not look for any."""

from __future__ import annotations

import httpx


class _None(httpx.Cookies):
    """A jar that nothing gets into."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


class Cookieless(httpx.Client):
    """Sends no cookies: a session of the server's making would count beside the key, or instead.

    That every answer is searched for them, even with a policy that takes none, is a tenth of what
    a GET costs.
    """

    _NONE = _None()

    @property
    def cookies(self) -> httpx.Cookies:
        """No cookies, whatever came."""
        return self._NONE

    @cookies.setter
    def cookies(self, _: object) -> None:
        raise AttributeError("this client has no cookies")
