"""What all tests share: a sandbox server, and how long hypothesis searches."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from nbsync.sandbox import Sandbox

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True)
settings.register_profile("soak", max_examples=2000, deadline=None)
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
