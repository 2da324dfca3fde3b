"""What all tests share: a sandbox server, and how long hypothesis searches."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import settings

from calls import client
from nbsync.sandbox import Sandbox

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("soak", max_examples=2000, deadline=None)
# No test asks the keyring of whoever runs it.
os.environ["PYTHON_KEYRING_BACKEND"] = "filed_keyring.FiledKeyring"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """A server like PostHog's of 2026, with no notebooks, no log and no faults."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(scope="session")
def anas_client(running_sandbox: Sandbox) -> Iterator[httpx.Client]:
    with client(running_sandbox.url, running_sandbox.key) as http:
        yield http


@pytest.fixture(scope="session")
def bens_client(running_sandbox: Sandbox) -> Iterator[httpx.Client]:
    with client(running_sandbox.url, running_sandbox.second_key) as http:
        yield http


@pytest.fixture
def ana(sandbox: Sandbox, anas_client: httpx.Client) -> httpx.Client:
    return anas_client


@pytest.fixture
def ben(sandbox: Sandbox, bens_client: httpx.Client) -> httpx.Client:
    return bens_client
