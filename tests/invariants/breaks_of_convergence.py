"""Breaking I10 to I19: what never comes to rest, or is not what was written."""

from __future__ import annotations

from invariants.promises import Break

CONVERGING = "test_invariants_converging.py::"
FIDELITY = "test_invariants_fidelity.py::"

BREAKS_OF_CONVERGENCE = (
    Break(
        "I10",
        CONVERGING + "test_two_syncs_from_any_state_agree_or_name_what_is_in_the_way",
        "model/notebook.py",
        "return f\"{modified_at} {'-' if title is None else '=' + title}\"",
        'return modified_at[:4] + ("" if title is None else title)',
        "a row's time is not looked at, only its year",
        "differs",
    ),
    Break(
        "I11",
        CONVERGING + "test_a_sync_after_a_sync_costs_one_request_and_touches_nothing",
        "sync/survey.py",
        "if info is not None and base is not None and token == info.token:",
        "if info is None and base is not None:",
        "what base holds already is fetched again",
        "assert [('GET'",
        (
            "sync/survey.py",
            "and (rows is None or rows.get(short_id) == bases[short_id].token)",
            "and rows is None",
        ),
    ),
    Break(
        "I12",
        CONVERGING + "test_the_order_in_which_notebooks_are_done_makes_no_difference",
        "sync/running.py",
        "            if stops:\n                return\n",
        "            return\n",
        "the first page that cannot be sent ends the push",
        "assert [[",
    ),
    Break(
        "I13",
        "test_engine_faults.py::"
        "test_a_notebook_that_is_saved_there_before_each_round_is_deferred_after_three",
        "sync/send.py",
        "ROUNDS = 3\n",
        "ROUNDS = 300\n",
        "a push does not give up after three rounds",
        "not enough values to unpack",
    ),
    Break(
        "I14",
        CONVERGING + "test_two_mirrors_and_a_browser_converge_and_nobodys_words_go",
        "sync/receive.py",
        "return _merge(work, page, here, record, stands_on)",
        "return _bring(work, Change(short_id, here, there), page, record, base)",
        "where both moved, the server's text takes the page's place",
        "== []",
    ),
    Break(
        "I15",
        CONVERGING + "test_equal_sides_are_in_no_conflict_whatever_base_says",
        "reconcile.py",
        "if local == remote:",
        "if local == remote == base or local is remote is None:",
        "equal sides agree only where base says the same",
        "Conflict(",
    ),
    Break(
        "I15",
        CONVERGING + "test_after_losing_all_that_is_remembered_only_what_differs_is_in_conflict",
        "sync/receive.py",
        "    if base is None:\n        return None\n    held = base.record\n",
        "    if base is None:\n"
        "        return record.notebook if record and work.page(record.short_id) else None\n"
        "    held = base.record\n",
        "without a base a page is taken for an edit of what the server has",
        "== ['nb1']",
    ),
    Break(
        "I16",
        "test_richtext_laws.py::test_an_odd_document_comes_back_from_its_page",
        "formats/richtext/relative.py",
        "known = {at: base[kept[at]] for at in kept}",
        "known = {at: now[at] for at in kept}",
        "a block that was not edited becomes what its page shows of it",
        "Failing test case",
    ),
    Break(
        "I16",
        "test_formats_bodies.py::test_what_would_not_come_back_exactly_is_a_json_page",
        "formats/kinds.py",
        "    except FormatError:\n        exact = False\n",
        "    except FormatError:\n        exact = True\n",
        "nobody looks whether a page is read back as it was",
        "assert '' == 'its text wou",
    ),
    Break(
        "I17",
        "test_richtext_laws.py::test_one_word_changed_is_one_word_changed",
        "formats/richtext/relative.py",
        "known |= {at: _put(base[old], shown[old], now[at]) for at, old in edited.items()}",
        "known |= {at: now[at] for at in edited}",
        "a block that was edited is read anew, and not relative to what it was",
        "Failing test case",
    ),
    Break(
        "I18",
        FIDELITY + "test_base_is_what_the_server_made_of_what_was_sent",
        "sync/send.py",
        "receive(work, old.short_id, answer, sent=here)",
        "receive(work, old.short_id, replace(answer, notebook=here), sent=here)",
        "base is what was sent, and not the answer",
        "'kind': 'InsightVizNode'",
    ),
    Break(
        "I19",
        FIDELITY + "test_a_page_whose_text_stays_is_not_written",
        "local/directory.py",
        "        if old.text == new.text:\n            self._check(old)\n            return\n",
        "",
        "the same text is written again",
        "assert {'nb",
        (
            "sync/writing.py",
            "    if old is None or old.text != new.text:\n        if old is not None:",
            "    if True:\n        if old is not None:",
        ),
    ),
)
