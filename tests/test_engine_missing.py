"""Many missing pages at once: each comes back, and not each costs a look at all pages."""

from __future__ import annotations

from effects import Clock, Watched
from nbsync.sync import Mirror, run
from world import World

COUNT = 120


def test_bringing_many_missing_pages_back_takes_few_looks_at_all_pages() -> None:
    world = World(notebooks=COUNT)
    place = world.places[0]
    world.sync(place, "pull")
    place.local.files.clear()
    for number in range(COUNT):
        world.server.edit(f"nb{number}", title=f"Another {number}")
    mirror, clock = world.mirror(place), Clock()
    watched = Watched(mirror.local, ("scan",), clock)

    report = run(Mirror(watched, mirror.remote, mirror.store), pull=True, allowed=0)

    assert len(report.changes) == len(place.local.files) == COUNT
    assert clock.count <= COUNT // 2 + 5
