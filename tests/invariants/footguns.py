"""What went wrong for users of tools of this kind, and which test tells that story of nbsync."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Footgun:
    """A story that users told.

    Attributes:
        number: Its place in the list.
        story: What went wrong, and for whom, in one line.
        tests: The tests that tell it of nbsync, below tests/; none where it cannot happen.
        why: Why there is none, or what is still to come.
    """

    number: str
    story: str
    tests: tuple[str, ...] = ()
    why: str = ""


HERE = "test_footguns.py::"
CHURN = "test_footguns_identity.py::"
SERVERS = "test_engine_servers.py::"
MIRRORS = "test_engine_mirrors.py::"
TEXT = "test_engine_text.py::"
FAULTS = "test_engine_faults.py::"
RACES = "test_engine_races.py::"
DELETING = "test_engine_deleting.py::"
GIT = "test_git.py::"
FIRST = "test_first_pull.py::"
REQUESTS = "test_requests.py::"

KINDS = {
    "A": "My edit was silently lost",
    "B": "There is a conflict and no good way out",
    "D": "It churns; it thinks that everything changed",
    "E": "Deletions, renames and identity",
    "F": "Robustness under real conditions",
}
"""The complaints, by the letter that their stories' numbers begin with."""

FOOTGUNS = (
    Footgun(
        "A1",
        "Dashboards as code: the push takes the server's own version first, and so replaces "
        "whatever a colleague has done there.",
        (HERE + "test_a_push_after_a_colleagues_edit_does_not_erase_it",),
    ),
    Footgun(
        "A2",
        "Dashboards as code: a file format that broke on emoji with variation selectors.",
        (HERE + "test_an_emoji_with_a_variation_selector_comes_back_as_it_was",),
    ),
    Footgun(
        "A3",
        "Theme development: started again, it pushed yesterday's files over today's work.",
        (HERE + "test_a_start_in_the_morning_does_not_push_yesterdays_files",),
    ),
    Footgun(
        "A4",
        "Theme development: saving a file fetched the older one over it.",
        (HERE + "test_saving_a_page_does_not_fetch_an_older_text_over_it",),
    ),
    Footgun(
        "A5",
        "Theme development: after choosing to keep one's own, the other side's came back.",
        (HERE + "test_after_choosing_ours_theirs_does_not_come_back",),
    ),
    Footgun(
        "A6",
        "Theme development: merely starting it pushed to what customers saw.",
        (HERE + "test_looking_and_pulling_never_send_anything",),
    ),
    Footgun(
        "A7",
        "Scripts in a cloud: two people push in turn, and the second erases the first.",
        (HERE + "test_the_second_of_two_pushes_does_not_erase_the_first",),
    ),
    Footgun(
        "A8",
        "Dashboards in a browser: every save writes all of it, with all that others changed.",
        (HERE + "test_a_save_of_one_paragraph_leaves_a_colleagues_other_paragraph",),
    ),
    Footgun(
        "A9",
        "Note taking: the losing side of a conflict is gone, without a copy or a history.",
        (HERE + "test_the_losing_side_of_a_conflict_can_be_brought_back",),
    ),
    Footgun(
        "A10",
        "Note taking: a device that had been away settled by itself, and dropped additions.",
        (HERE + "test_a_mirror_that_was_away_for_long_drops_nobodys_additions",),
    ),
    Footgun(
        "A11",
        "Notebooks in a browser: a stale tab overwrote the notebook and took its version back.",
        (
            SERVERS
            + "test_an_edit_of_a_notebook_restored_from_a_backup_is_merged_and_that_is_said",
            MIRRORS
            + "test_whatever_is_sent_has_content_text_and_version_together_or_deleted_alone",
        ),
    ),
    Footgun(
        "A12",
        "Notebooks in a browser: told to reload for the latest, one still saw one's own draft.",
        (HERE + "test_taking_theirs_shows_theirs_and_not_ones_own_draft",),
    ),
    Footgun(
        "A13",
        "Notes in git: conflict markers of a phone's merge were committed and synced.",
        (GIT + "test_a_merge_in_the_middle_with_markers_in_the_page_sends_nothing",),
    ),
    Footgun(
        "B14",
        "File synchroniser: a thousand conflicts, and no command to settle them.",
        (HERE + "test_very_many_conflicts_are_settled_by_one_command",),
    ),
    Footgun(
        "B15",
        "Contacts: no way to see the difference, and no way to say that it is resolved.",
        (HERE + "test_a_conflict_shows_all_sides_and_a_page_edited_to_agree_settles_it",),
    ),
    Footgun(
        "B16",
        "File synchroniser: conflict copies of conflict copies; text that is never merged.",
        (HERE + "test_a_conflict_that_waits_makes_no_copies_of_copies",),
    ),
    Footgun(
        "B17",
        "Cloud storage: after each failure it demanded to be told to begin anew.",
        (HERE + "test_after_a_failed_run_the_same_command_goes_on",),
    ),
    Footgun(
        "B18",
        "File synchroniser: deleted here and edited there, with neither a copy nor a word.",
        (HERE + "test_deleted_on_one_side_and_edited_on_the_other_is_kept_and_said",),
    ),
    Footgun(
        "B19",
        "Business software: conflicts about files that nobody else had touched.",
        (HERE + "test_what_nobody_else_edited_is_in_no_conflict",),
    ),
    Footgun(
        "D24",
        "Notebooks as text: times compared, which git sets anew with every checkout.",
        (
            CHURN + "test_a_page_with_another_time_alone_is_not_edited",
            GIT + "test_an_old_commit_checked_out_is_brought_up_and_never_sent",
        ),
    ),
    Footgun(
        "D25",
        "Notebooks as text: files that did not change are written, and editors complain.",
        ("test_invariants_fidelity.py::test_a_page_whose_text_stays_is_not_written",),
    ),
    Footgun(
        "D26",
        "Notes in git: a time written into a tracked file was a merge conflict every time.",
        (CHURN + "test_two_clones_that_sync_apart_hold_the_same_bytes",),
    ),
    Footgun(
        "D27",
        "Dashboards in git: one title changed, and everything was imported anew.",
        (
            REQUESTS + "test_a_changed_title_costs_one_look_at_the_list",
            REQUESTS + "test_a_pull_with_k_changed_is_one_and_k",
        ),
    ),
    Footgun(
        "D28",
        "Theme development: a question about a conflict although both sides were equal.",
        (CHURN + "test_the_same_edit_on_both_sides_is_no_conflict",),
    ),
    Footgun(
        "D29",
        "Documents in a cloud: cosmetic changes that come and go for ever.",
        (
            TEXT + "test_whatever_the_server_says_the_page_says_it_and_nothing_is_sent_back",
            "test_richtext_laws.py::test_an_odd_document_comes_back_from_its_page",
        ),
    ),
    Footgun(
        "E30",
        "Dashboards as code: a push never deletes, and nothing remembers what was synced.",
        (DELETING + "test_push_delete_deletes_what_is_missing_and_a_pull_forgets_it",),
    ),
    Footgun(
        "E31",
        "Theme development: an empty project on the other side deleted all local files.",
        (CHURN + "test_a_project_that_turns_up_empty_deletes_no_pages",),
    ),
    Footgun(
        "E32",
        "Dashboards as code: identity by title, so that a new title made a second one.",
        (CHURN + "test_a_new_title_or_file_name_makes_no_second_notebook",),
    ),
    Footgun(
        "E33",
        "Wiki: pages whose file is gone stay for ever, and ids litter the text.",
        (DELETING + "test_push_delete_deletes_what_is_missing_and_a_pull_forgets_it",),
        "the id stands in the front matter on purpose: it is what lets a file be renamed and moved "
        "freely, and a clone go on without a table of its own",
    ),
    Footgun(
        "E34",
        "Dashboards as code: an upgrade changed the stamp that the tool leaves on what it "
        "manages, and every push was refused.",
        (CHURN + "test_what_is_sent_tells_nothing_of_the_tool",),
    ),
    Footgun(
        "E35",
        "Dashboards in git: everything is deleted and written again, so that no history holds.",
        (FIRST + "test_losing_all_of_the_state_costs_requests_and_touches_no_page",),
    ),
    Footgun(
        "F36",
        "Notes in git: a rate limit in the middle of a large change, and it never completed.",
        (FAULTS + "test_a_pull_that_is_throttled_halfway_keeps_what_it_has_and_goes_on_there",),
    ),
    Footgun(
        "F37",
        "Business software: what was edited during a push was taken for sent.",
        (RACES + "test_a_page_saved_while_it_is_sent_is_sent_again_by_the_next_push",),
    ),
    Footgun(
        "F38",
        "Cloud storage: files that change during a run needed a new beginning by hand.",
        (
            RACES + "test_a_page_saved_while_its_notebook_is_fetched_is_merged",
            RACES + "test_a_page_renamed_while_its_notebook_is_fetched_gets_no_twin",
        ),
    ),
    Footgun(
        "F39",
        "Watching files: events that get lost under load, and on network drives.",
        why="nothing is decided from events; the tests come with `watch`",
    ),
    Footgun(
        "F40",
        "Contacts: everything fouled by a slip, synced, and no way back.",
        (CHURN + "test_a_page_fouled_and_pushed_is_put_back_from_its_history",),
    ),
    Footgun(
        "F41",
        "Dashboards as code: a remembered host sent everything to another workspace.",
        (CHURN + "test_an_environment_of_another_project_is_refused_before_any_request",),
    ),
)
