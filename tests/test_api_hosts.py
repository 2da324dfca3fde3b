"""A host is written one way, and the key goes to no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbsync.api.hosts import is_cloud, is_loopback, normalise
from nbsync.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("us", "https://us.posthog.com"),
        (" EU ", "https://eu.posthog.com"),
        ("eu.posthog.com", "https://eu.posthog.com"),
        ("https://US.PostHog.com/", "https://us.posthog.com"),
        ("https://us.posthog.com:443", "https://us.posthog.com"),
        ("https://us.posthog.com.", "https://us.posthog.com"),
        ("https://posthog.example.com:8443/", "https://posthog.example.com:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("http://127.1.2.3:80", "http://127.1.2.3"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://10.0.0.8", "https://10.0.0.8"),
    ],
)
def test_a_host_is_written_one_way(text: str, host: str) -> None:
    assert normalise(text) == host


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("https://us.i.posthog.com", "https://us.posthog.com"),
        ("eu.i.posthog.com", "https://eu.posthog.com"),
        ("https://eu-assets.i.posthog.com", "https://eu.posthog.com"),
        ("https://app.i.posthog.com", "https://us.posthog.com"),
        ("http://posthog.example.com", "https://posthog.example.com"),
        ("http://127.0.0.1.example.com", "https://127.0.0.1.example.com"),
        ("https://us.posthog.com/project/1", 'write it as "https://us.posthog.com"'),
        ("https://us.posthog.com?a=1", 'write it as "https://us.posthog.com"'),
        ("https://us.posthog.com#a", 'write it as "https://us.posthog.com"'),
        ("https://me:pw@us.posthog.com", "write it as https://us.posthog.com"),
        ("ftp://us.posthog.com", '"us"'),
        ("", '"us"'),
        ("https://", '"us"'),
        ("https://us.posthog.com:port", '"us"'),
        ("https://[::1", '"us"'),
        ("two words", '"us"'),
        ("-dash.example.com", '"us"'),
    ],
)
def test_what_is_no_host_is_refused_with_the_right_one(text: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        normalise(text)
    assert hint in caught.value.hint


def test_a_password_in_a_host_is_not_shown() -> None:
    for text in ("https://me:hunter2@us.posthog.com", "https://me:hunter2@:port"):
        with pytest.raises(ConfigError) as caught:
            normalise(text)
        assert "hunter2" not in str(caught.value) + caught.value.hint


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    try:
        host = normalise(text)
    except ConfigError:
        return
    assert normalise(host) == host
    assert host.startswith("https://") or is_loopback(host)


def test_clouds_and_this_machine_are_known() -> None:
    assert is_cloud("https://eu.posthog.com")
    assert not is_cloud("https://eu.posthog.com.example.com")
    assert not is_cloud("http://eu.posthog.com")
    assert is_loopback("http://[::1]:1")
    assert not is_loopback("https://example.com")
    assert not is_loopback("")
