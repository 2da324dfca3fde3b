"""Inside, outside, deleted: the table of what becomes of page, base and notebook, in full."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from filtered_world import FilteredWorld
from nbsync.formats import document_of
from nbsync.model import EVERYTHING, Selection

FILTERS = {
    "titles": Selection(titles=("Notebook*",)),
    "created_by": Selection(created_by=("b",)),
    "search": Selection(search="Two"),
}
NONE = Selection(created_by=("nobody",))
ID = "nb0"


@dataclass(frozen=True)
class Row:
    """What a sync does: changes as (side, action), and what it says of the notebook.

    Attributes:
        did: Its changes.
        said: "held", "conflict" or "problem".
        requests: How many it took.
    """

    did: tuple[tuple[str, str], ...] = ()
    said: str = ""
    requests: int = 1


NOTHING = Row()
TABLE = {
    ("inside", "clean", "base"): NOTHING,
    ("inside", "clean", "no base"): Row(requests=2),
    ("inside", "edited", "base"): Row((("remote", "update"),), requests=2),
    ("inside", "edited", "no base"): Row(said="conflict", requests=2),
    ("inside", "missing", "base"): Row(said="held"),
    ("inside", "missing", "no base"): Row((("local", "create"),), requests=2),
    ("deleted", "clean", "base"): Row((("local", "delete"),), requests=2),
    ("deleted", "clean", "no base"): Row(said="problem", requests=2),
    ("deleted", "edited", "base"): Row((("remote", "restore"),), requests=3),
    ("deleted", "edited", "no base"): Row(said="problem", requests=2),
    ("deleted", "missing", "base"): Row(requests=2),
    ("deleted", "missing", "no base"): NOTHING,
}
# Whatever it is with page and base: nothing, for one request.
TABLE |= {
    (where, page, base): NOTHING
    for where in ("outside", "deleted outside")
    for page, base in product(("clean", "edited", "missing"), ("base", "no base"))
}


@pytest.mark.parametrize("how", FILTERS)
@pytest.mark.parametrize(("where", "page", "base"), TABLE)
def test_a_sync_does_what_the_table_says(how: str, where: str, page: str, base: str) -> None:
    world = FilteredWorld(notebooks=1)
    place, server = world.places[0], world.server
    server.selection = FILTERS[how]
    world.sync(place)
    if "outside" in where:
        if how == "titles":
            server.edit(ID, title="Diary")
        elif how == "search":
            server.edit(ID, content=document_of("# Notebook 0\n\nNone."))
        else:
            server.selection = NONE
        world.sync(place)
    if "deleted" in where:
        server.bin(ID)
    if page == "edited":
        path = f"{ID}.md"
        world.write_page(place, path, str(place.local.files[path]).replace("One.", "Uno."))
    elif page == "missing":
        del place.local.files[f"{ID}.md"]
    if base == "no base":
        del place.store._bases[ID]
    files, bases, asked = dict(place.local.files), dict(place.store._bases), server.requests

    report = world.sync(place)

    row = TABLE[where, page, base]
    assert report is not None
    assert tuple((done.side.value, done.action) for done in report.changes) == row.did
    said = {"held": report.held, "conflict": report.conflicts, "problem": report.problems}
    assert {name for name, found in said.items() if found} == ({row.said} - {""})
    assert server.requests - asked == row.requests
    if "outside" in where:
        assert (place.local.files, place.store._bases) == (files, bases)
        assert report.outside == ((ID,) if page == "edited" else ())
        server.selection = EVERYTHING
        if where == "outside":
            world.settle()
