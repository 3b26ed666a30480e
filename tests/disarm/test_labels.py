"""Taking labels apart and finding the known label that is meant."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from rapidfuzz.distance import OSA

from disarm_exchange.disarm.label_index import LabelIndex
from disarm_exchange.disarm.labels import label_form
from disarm_exchange.disarm.mapping import load_mapping


@pytest.mark.parametrize(
    ("label", "number", "technique_id", "key"),
    [
        ("0.9.11.0 Creating online petitions ", "0.9.11", None, "creatingonlinepetitions"),
        ("2.1. Soliciting information", "2.1", None, "solicitinginformation"),
        ("0. Acquiring assets", "0", None, "acquiringassets"),
        ("2.2.1 Monitoring breaking news\n", "2.2.1", None, "monitoringbreakingnews"),
        ('5.2.5 Making "personal" comments', "5.2.5", None, "makingpersonalcomments"),
        ("1.2.1: Posing", "1.2.1", None, "posing"),
        ("0.9.4Acquiring X", "0.9.4", None, "acquiringx"),
        ("0.9.4", "0.9.4", None, ""),
        ("T0022.001_ Amplify  Existing", None, "T0022.001", "amplifyexisting"),
        ("t0143.002: Fabricated", None, "T0143.002", "fabricated"),
        ("T0090", None, "T0090", ""),
        ("resumé & co", None, None, "resumeandco"),
        ("7Sabah", None, None, "7sabah"),
        ("ＡＢＣ ﬁle", None, None, "abcfile"),
        ("", None, None, ""),
        ("...", None, None, ""),
    ],
)
def test_a_label_is_taken_apart(label: str, number: str | None, technique_id: str | None, key: str) -> None:
    form = label_form(label)
    assert (form.number, form.technique_id, form.key) == (number, technique_id, key)


INDEX = LabelIndex(
    [
        ("email", "3.6.1 Coordinating via email"),
        ("dm", "3.6.2 Coordinating via DM"),
        ("activist", "1.2.3 Posing as fictional activist"),
        ("hacktivist", "1.2.4 Posing as fictional hacktivist"),
        ("petitions", "0.9.11.0 Creating online petitions"),
        ("petitions", "0.9.13 Starting petitions"),
        ("assets", "0.9.1 Acquiring Facebook assets"),
        ("url", "url"),
    ]
)


@pytest.mark.parametrize(
    ("label", "expected", "how"),
    [
        ("3.6.1 coordinating VIA e-mail", "email", "text"),
        ("Cordinating via email", "email", "typo"),
        ("3.6.1 Coordinatign via emial", "email", "typo"),
        ("9.9.9 Creating online petitions", "petitions", "text"),
        ("0.9.11", "petitions", "number"),
        ("0.9.11. ", "petitions", "number"),
        ("Starting petitions!", "petitions", "text"),
        ("1.2.4 Posing as fictional hactivist", "hacktivist", "typo"),
        ("1.2.3 Posing as fictional hactivist", "activist", "typo"),
        ("URL", "url", "text"),
        ("“0.9.1  Acquiring\nFacebook assets”", "assets", "text"),
    ],
)
def test_people_may_write_as_they_do(label: str, expected: str, how: str) -> None:
    found = INDEX.find(label)
    assert found is not None
    assert (found.label_id, found.how) == (expected, how)


@pytest.mark.parametrize(
    "label",
    [
        "Posing as fictional hactivist",  # one letter from two labels, and no number to settle it
        "Coordinating via IM",  # a letter in a short word makes another word
        "Acquiring Mastodon assets",
        "0.9.1 Something altogether different",  # a number alone does not carry a text that is not the label's
        "urls",
        "",
        "0.9.77",
    ],
)
def test_what_cannot_be_told_is_not_guessed(label: str) -> None:
    assert INDEX.find(label) is None


def test_typing_errors_never_turn_one_known_label_into_another() -> None:
    labels = [(node, text) for node, text in load_mapping().labels().items()]
    index = LabelIndex(labels)
    chance = random.Random(7)
    found = 0
    for node, text in labels:
        assert index.find(text) is not None
        assert index.find(text).label_id == node  # type: ignore[union-attr]
        for _ in range(6):
            bare = text.split(" ", 1)[-1] if label_form(text).number else text
            if label_form(text).technique_id or len(bare) < 8:
                continue
            typed = _with_typing_errors(bare, chance.choice([1, 2, 3]), chance)
            told = index.find(typed)
            found += told is not None
            assert told is None or told.label_id == node, (typed, told)
    assert found > 800


def test_the_distance_accepted_is_below_half_of_that_between_labels() -> None:
    keys = {label_form(text).key: node for node, text in load_mapping().labels().items()}
    close = [
        (first, second)
        for first, second in combinations([key for key in keys if len(key) >= 8], 2)
        if OSA.distance(first, second, score_cutoff=2) <= 2 and keys[first] != keys[second]
    ]
    index = LabelIndex([(node, text) for node, text in load_mapping().labels().items()])
    assert close  # there are such pairs, so the rule has something to prevent
    for first, second in close:
        between = first[: len(first) // 2] + "q" + first[len(first) // 2 :]
        told = index.find(between)
        assert told is None or told.label_id == keys[first], (first, second)


def _with_typing_errors(text: str, number: int, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(number):
        place = chance.randrange(len(letters) - 1)
        error = chance.choice(["drop", "double", "swap", "other"])
        if error == "drop":
            letters.pop(place)
        elif error == "double":
            letters.insert(place, letters[place])
        elif error == "swap":
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        else:
            letters[place] = chance.choice("aeiorstnl")
    return "".join(letters)
