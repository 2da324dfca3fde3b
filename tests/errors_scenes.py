"""How the things come about that are expected to go wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands import Person, edit_there, seed
from in_between import EXPIRED, SELF_SIGNED, closed, listening
from mirrors import edit
from powerless import as_nobody, no_space, open_folder

SECRET = "open-sesame"
"""A password that is in none of the answers."""


@dataclass
class Scene:
    """Somebody's mirror of two notebooks, which is about to meet something.

    Attributes:
        who: Whose it is.
        patch: Changes the environment.
        leave: Ends what was begun.
        place: A name and port, an address or a folder that the answer is to name.
    """

    who: Person
    patch: pytest.MonkeyPatch
    leave: ExitStack
    place: str = ""

    @property
    def toml(self) -> Path:
        return self.who.folder / "nbsync.toml"

    def uses(self, key: str) -> None:
        """Have another key in the environment."""
        self.patch.setenv("POSTHOG_PERSONAL_API_KEY", key)

    def moves_to(self, host: str) -> None:
        """Have mirrored another host from the beginning."""
        edit(self.toml, self.who.sandbox.url, host)
        edit(self.who.folder / ".nbsync" / "mirror.json", self.who.sandbox.url, host)
        self.patch.setenv("POSTHOG_HOST", host)
        self.place = host

    def edits(self) -> None:
        edit(self.who.folder / "note0001.md", "A line.", "My line.")

    def meets(self, **order: object) -> None:
        """Have every request fail."""
        self.who.sandbox.fault(times=None, **order)


Make = Callable[[Scene], None]


def mirror_of_two(who: Person) -> None:
    """Two notebooks, pulled."""
    for number in (1, 2):
        seed(who.sandbox, f"note000{number}", f"# Note {number}\n\nA line.")
    who.begins()


# --- the key ------------------------------------------------------------------


def no_key(scene: Scene) -> None:
    scene.patch.delenv("POSTHOG_PERSONAL_API_KEY")


def wrong_key(scene: Scene) -> None:
    scene.uses("phx_nobody")


def garbled_key(scene: Scene) -> None:
    scene.uses("phx_schl\u00fcssel")


def key_of_another_region(scene: Scene) -> None:
    scene.moves_to("https://eu.posthog.com")
    scene.patch.delenv("POSTHOG_PERSONAL_API_KEY")
    home = scene.who.folder.parent / "home" / ".posthog"
    home.mkdir(parents=True)
    kept = {"host": "https://us.posthog.com", "token": "phx_of_the_us", "env_id": "1"}
    (home / "credentials.json").write_text(json.dumps(kept))


def no_scope(scene: Scene) -> None:
    scene.uses("phx_sandbox_key_insights")


def no_write_scope(scene: Scene) -> None:
    scene.uses(scene.who.sandbox.read_only_key)
    scene.edits()


def no_log_scope(scene: Scene) -> None:
    scene.uses("phx_sandbox_key_write_only")


def key_of_another_project(scene: Scene) -> None:
    scene.uses("phx_sandbox_key_project_2")


def key_of_an_outsider(scene: Scene) -> None:
    scene.uses("phx_sandbox_key_outsider")


# --- the project and the notebook ------------------------------------------------------


def no_project(scene: Scene) -> None:
    edit(scene.toml, 'project = "1"', 'project = "999"')
    edit(scene.who.folder / ".nbsync" / "mirror.json", '"project": "1"', '"project": "999"')


def viewer(scene: Scene) -> None:
    scene.who.sandbox.allow("note0001", "viewer")
    scene.edits()


# --- the way there -------------------------------------------------------------------


def unknown_name(scene: Scene) -> None:
    scene.moves_to("https://posthog.invalid")


def nothing_there(scene: Scene) -> None:
    scene.moves_to(f"http://{closed()}")


def self_signed(scene: Scene) -> None:
    place = listening(certificate=SELF_SIGNED, folder=scene.who.folder.parent)
    scene.moves_to(f"https://{scene.leave.enter_context(place)}")


def expired(scene: Scene) -> None:
    scene.patch.setenv("SSL_CERT_FILE", str(scene.who.folder.parent / "server.pem"))
    place = listening(certificate=EXPIRED, folder=scene.who.folder.parent)
    scene.moves_to(f"https://{scene.leave.enter_context(place)}")


def no_tls(scene: Scene) -> None:
    scene.moves_to(f"https://{scene.leave.enter_context(listening())}")


def no_certificates(scene: Scene) -> None:
    scene.moves_to("https://posthog.invalid")
    scene.patch.setenv("SSL_CERT_FILE", str(scene.who.folder / "nowhere.pem"))


def proxy_refuses(scene: Scene) -> None:
    scene.moves_to("https://posthog.invalid")
    scene.place = scene.leave.enter_context(listening())
    scene.patch.setenv("HTTPS_PROXY", f"http://ana:{SECRET}@{scene.place}")


def proxy_gone(scene: Scene) -> None:
    scene.moves_to("https://posthog.invalid")
    scene.place = closed()
    scene.patch.setenv("HTTPS_PROXY", f"http://ana:{SECRET}@{scene.place}")


def not_posthog(scene: Scene) -> None:
    scene.moves_to(f"http://{scene.leave.enter_context(listening())}")


def sent_on(scene: Scene) -> None:
    scene.meets(status=302, text="", headers={"location": "https://sso.example.com/login"})


def moved_away(scene: Scene) -> None:
    path = "/api/projects/1/notebooks/"
    scene.meets(status=301, text="", headers={"location": f"https://new.example.com{path}"})


def throttled(scene: Scene) -> None:
    scene.meets(status=429, headers={"Retry-After": "3600"})


def down(scene: Scene) -> None:
    scene.meets(status=502, text="<html>Bad gateway</html>")


# --- this machine -------------------------------------------------------------------


def full_disk(scene: Scene) -> None:
    edit_there(scene.who.sandbox, "note0001", "A line.", "His line.")
    scene.leave.enter_context(no_space())


def read_only_folder(scene: Scene) -> None:
    scene.who.types("doctor")  # nobody might not be let in to where the modules lie
    scene.who.sandbox.clear()
    elsewhere = scene.leave.enter_context(open_folder()) / "notes"
    elsewhere.mkdir()
    for name in ("nbsync.toml", "note0001.md"):
        (elsewhere / name).write_bytes((scene.who.folder / name).read_bytes())
    scene.patch.setenv("HOME", str(elsewhere.parent))
    scene.who = Person(elsewhere, scene.who.sandbox)
    elsewhere.chmod(0o555)
    scene.leave.enter_context(as_nobody())


def newer_format(scene: Scene) -> None:
    edit(scene.who.folder / ".nbsync" / "mirror.json", '"format": 1', '"format": 99')


def config_typo(scene: Scene) -> None:
    edit(scene.toml, "format =", "fromat =")


def config_value_typo(scene: Scene) -> None:
    edit(scene.toml, '"markdown"', '"markdwon"')


def config_secret(scene: Scene) -> None:
    scene.toml.write_text(f'api_key = "{SECRET}"\n' + scene.toml.read_text())


def config_host_without_tls(scene: Scene) -> None:
    edit(scene.toml, scene.who.sandbox.url, "http://posthog.example.com")
