"""What is promised, and what it means to break it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break an invariant.

    Attributes:
        invariant: Its number.
        test: The test that holds it, below tests/, as pytest names it.
        file: What is broken, below src/nbsync/.
        old: The text that is there, once.
        new: What is put in its place.
        how: What that means, in one line.
        shows: What the failing test then says.
        also: Another (file, old, new), where two places stand guard.
    """

    invariant: str
    test: str
    file: str
    old: str
    new: str
    how: str
    shows: str
    also: tuple[str, str, str] | None = None

    @property
    def edits(self) -> tuple[tuple[str, str, str], ...]:
        """All (file, old, new)."""
        first = (self.file, self.old, self.new)
        return (first,) if self.also is None else (first, self.also)


INVARIANTS = {
    "I1": "No write replaces on the server what its writer had not seen.",
    "I2": "No page is replaced or removed unless it is still what was decided about.",
    "I3": "Every text that ever stood in a page or on the server can be found again.",
    "I4": "Nothing is deleted for being absent: from the list, from the directory.",
    "I5": "Deleting or overwriting many at once stops until the number is confirmed.",
    "I6": "An edit beats a deletion, on either side, and that is said.",
    "I7": "A dry run shows what would be done, and does none of it.",
    "I8": "A conflict or a failure in one notebook holds up no other, and is never pushed.",
    "I9": "A mirror belongs to one project on one host, and a key to one host.",
    "I10": "From any state two syncs bring both sides to agree, or name what is in the way.",
    "I11": "A sync after a sync costs one request and touches nothing.",
    "I12": "The order in which notebooks are done makes no difference.",
    "I13": "An edit that is refused again and again is left after a fixed number of rounds.",
    "I14": "Two mirrors and a browser converge, and nobody's words go.",
    "I15": "Equal sides are in no conflict; unequal ones without a base are, and nothing else.",
    "I16": "A page is read back as exactly the notebook that it was written from.",
    "I17": "An edit of one word changes that word, and nothing else of the document.",
    "I18": "Base is what the server made of what was sent.",
    "I19": "A page whose text stays is not written.",
    "I20": "A run that is killed at any effect is finished by the next one.",
    "I21": "A page becomes one notebook, whatever becomes of the answers.",
    "I22": "Base is what was sent, and not what the page says by then.",
    "I23": "One nbsync at a time is at work in a directory.",
    "I24": "All of the memory can be lost or spoilt, and no page or notebook goes with it.",
    "I25": "What was brought is not sent back.",
    "I26": "No edit is missed, one made during a push neither.",
    "I27": "Requests keep to the server's rate, however many edits there are.",
    "I28": "An interrupted run ends with what is done done whole, and says so.",
}
"""What is promised, each in one line."""

WITH_WATCH = {
    "I25": "that no event leads to an action by itself",
    "I26": "new files, lost events and atomic saves while watching",
    "I27": "edits that come faster than they can be sent",
    "I28": "interrupting `watch` itself",
}
"""What of an invariant has no test yet, because it belongs to a command that is not there yet."""
