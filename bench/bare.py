"""The least that fetching notebooks can cost: bare GETs of them all, with httpx, 8 at a time."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import httpx

PARALLEL = 8


def main() -> None:
    """Get so many notebooks: `bare.py URL KEY NUMBER`."""
    url, key, number = sys.argv[1:]
    places = (f"{url}/api/projects/1/notebooks/nb{index:06}/" for index in range(int(number)))
    limits = httpx.Limits(max_connections=PARALLEL, max_keepalive_connections=PARALLEL)
    headers = {"Authorization": f"Bearer {key}"}
    with (
        httpx.Client(headers=headers, limits=limits, verify=False, timeout=60) as client,  # noqa: S501 - plain http to this machine
        ThreadPoolExecutor(PARALLEL) as pool,
    ):
        for answer in pool.map(client.get, places):
            answer.raise_for_status()


if __name__ == "__main__":
    main()
