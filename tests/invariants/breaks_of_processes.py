"""Breaking I20 to I28: kills, lost answers, two at once, and interruptions."""

from __future__ import annotations

from invariants.promises import Break

FIDELITY = "test_invariants_fidelity.py::"

BREAKS_OF_PROCESSES = (
    Break(
        "I20",
        "test_failpoints.py::"
        "test_killed_after_any_effect_the_next_run_ends_where_an_uninterrupted_one_does[sync]",
        "sync/writing.py",
        "        mirror.local.write(new, old=old)\n"
        "    remember(mirror, record, new, in_step=in_step)\n",
        "    remember(mirror, record, new, in_step=in_step)\n"
        "    if old is None or old.text != new.text:\n"
        "        mirror.local.write(new, old=old)\n",
        "base is written before its page",
        "killed at effect",
    ),
    Break(
        "I21",
        "test_engine_creating.py::test_a_server_that_chooses_ids_is_not_given_the_same_page_twice",
        "sync/create.py",
        "record = _find(work, page, attempt) or _post(work, page, attempt)",
        "record = _post(work, page, attempt)",
        "after a lost answer a page is created again without a look",
        "assert 2 == 1",
    ),
    Break(
        "I21",
        FIDELITY + "test_a_notebook_that_has_the_id_already_is_not_taken_for_the_one_sent",
        "sync/twins.py",
        "    ours = is_ours(record, sent)\n",
        "    ours = True\n",
        "a notebook that was there already is taken for the one that was sent",
        "assert [] == ['",
    ),
    Break(
        "I22",
        "test_engine_races.py::test_a_page_saved_while_it_is_sent_is_sent_again_by_the_next_push",
        "sync/send.py",
        "receive(work, old.short_id, answer, sent=here)",
        "receive(work, old.short_id, answer, sent=read(work.page(old.short_id), old.notebook))",
        "what was sent is read from the page once it has been sent",
        "assert 'Three, here, later.' in",
    ),
    Break(
        "I23",
        "test_cli_processes.py::test_a_second_one_says_who_is_at_work",
        "store/disk.py",
        "            self._lock.take()\n",
        "",
        "nobody takes the lock",
        "assert (0, '",
    ),
    Break(
        "I24",
        FIDELITY + "test_what_is_remembered_can_go_and_nothing_else_goes_with_it",
        "sync/receive.py",
        "    if base is None:\n        return None\n    held = base.record\n",
        "    if base is None:\n"
        "        return record.notebook if record and work.page(record.short_id) else None\n"
        "    held = base.record\n",
        "without a base a page is taken for an edit of what the server has",
        "<= {'nb2/'}",
    ),
    Break(
        "I25",
        "test_engine_text.py::"
        "test_whatever_the_server_says_the_page_says_it_and_nothing_is_sent_back",
        "formats/page.py",
        'return rest.removesuffix("\\n")',
        "return rest",
        "a page's final newline is taken for an edit, and nobody looks whether it is read back",
        "AssertionError",
        (
            "formats/kinds.py",
            "exact = parse_page(page, like=notebook) == notebook",
            "exact = parse_page(page, like=notebook) is not None",
        ),
    ),
    Break(
        "I26",
        "test_engine_races.py::test_a_page_saved_while_it_is_sent_is_sent_again_by_the_next_push",
        "sync/work.py",
        "follow(mirror, record, page if in_step else None, info)",
        "follow(mirror, record, page, info)",
        "a page that was saved meanwhile is remembered as in step",
        "assert 'Three, here, later.' in",
    ),
    Break(
        "I27",
        "test_api_budget.py::test_threads_never_exceed_the_limit",
        "api/budget.py",
        "            return wait, now\n",
        "            return 0.0, now\n",
        "requests are counted, and nobody waits",
        "assert 0.0 > 59",
    ),
    Break(
        "I28",
        "test_cli_processes.py::test_a_long_pull_can_be_stopped_and_the_next_one_goes_on",
        "cli/__init__.py",
        "    raise KeyboardInterrupt\n",
        "    os._exit(1)\n",
        "a signal ends the process where it stands",
        "assert (1, '') == (130, '')",
    ),
)
