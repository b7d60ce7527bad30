# Part of the DVC suite. See LICENSE file for full copyright and licensing details.

import itertools

from conftest import ADDONS, load

states = load("dvc_dossier", "domain/states.py")


def test_every_state_is_reached_from_the_draft():
    reached, waiting = set(), [states.DRAFT]
    while waiting:
        state = waiting.pop()
        reached.add(state)
        waiting += [target for source, target in states.TRANSITIONS if source == state and target not in reached]
    assert reached == set(states.STATES)


def test_every_pair_is_in_the_table_or_has_no_verb():
    for source, target in itertools.product(states.STATES, repeat=2):
        assert (states.verb_for(source, target) is not None) == ((source, target) in states.TRANSITIONS)


def test_final_states():
    assert states.FINAL == {"refused", "withdrawn", "stopped", "returned"}
    assert set(states.OPEN) == {"submitted", "received", "processing", "supplement", "payment", "done"}


def test_each_verb_has_actors_and_the_national_list_is_whole():
    assert set(states.ACTORS) == set(states.TRANSITIONS.values())
    assert sorted(filter(None, states.NATIONAL_STATUS.values())) == list(range(1, 11))
    assert states.NATIONAL_STATUS["draft"] is None


def test_withdrawn_from_every_state_before_done_but_refused():
    assert states.sources("withdraw") == {"draft", "submitted", "received", "processing", "supplement", "payment"}
    assert states.sources("stop") == {"supplement", "payment", "processing"}
    assert states.sources("refuse") == states.sources("request_supplement") == {"submitted", "received", "processing"}


def test_the_picture_shows_every_move():
    picture = states.mermaid().splitlines()
    assert picture[0] == "stateDiagram-v2"
    for (source, target), verb in states.TRANSITIONS.items():
        assert f"    {source} --> {target}: {verb}" in picture


def test_the_documents_show_this_picture():
    page = (ADDONS.parent / "docs" / "architecture.md").read_text()
    shown = page.partition("<!-- states:begin -->")[2].partition("<!-- states:end -->")[0]
    assert shown.strip() == f"```mermaid\n{states.mermaid()}\n```"
