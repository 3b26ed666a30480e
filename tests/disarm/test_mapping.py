"""The mapping engine: which rule speaks, with what confidence, whose the value is, and why."""

from __future__ import annotations

import pytest

from disarm_exchange.disarm.mapping import Mapping, Query, load_mapping

MAPPING = load_mapping()
ACQUIRING = ("0. Acquiring assets", "0.9 Acquiring social media accounts")


def calls(query: Query, mapping: Mapping = MAPPING) -> dict[str, int]:
    return {call.technique_id: call.confidence for call in mapping.match(query).calls}


def kill_chain(
    procedure: str, kind: str = "text", platform: str | None = None, text: str = "", note: str = ""
) -> Query:
    return Query(("", "", procedure), kind, platform, note, text)


@pytest.mark.parametrize(
    ("query", "expected", "role"),
    [
        # a plain label
        (kill_chain("0.9.4 Acquiring X / Twitter accounts", "account", "x"),
         {"T0146": 85, "T0151.008": 85}, "operation"),
        (kill_chain("1.1.4 Using animals as profile picture"), {"T0145.003": 85}, "operation"),
        # what the cell counts decides
        (kill_chain("0.9.1 Acquiring Facebook assets", "asset-count", None, "15 acounts"),
         {"T0146": 85, "T0151.001": 85}, "operation"),
        (kill_chain("0.9.1 Acquiring Facebook assets", "asset-count", None, "44 Pages"),
         {"T0151.003": 85, "T0151.001": 85}, "operation"),
        (kill_chain("0.9.1 Acquiring Facebook assets", "asset-count", None, "1 Groups "),
         {"T0151.002": 85, "T0151.001": 85}, "operation"),
        (kill_chain("0.9.1 Acquiring Facebook assets", "empty"), {"T0146": 50, "T0151.001": 85}, "operation"),
        # a forum account is no blog: the value's platform decides
        (kill_chain("0.9.8 Acquiring accounts on online forums", "account", "reddit"),
         {"T0146": 85, "T0151.010": 85}, "operation"),
        (kill_chain("0.9.8 Acquiring accounts on online forums", "account", "medium"),
         {"T0146": 85, "T0152.001": 85, "T0152.002": 50}, "operation"),
        (kill_chain("0.9.8 Acquiring accounts on online forums", "account", "pinterest"),
         {"T0146": 85, "T0107": 85}, "operation"),
        # a page of a forum that no login can be read from: others use the forum too
        (kill_chain("0.9.8 Acquiring accounts on online forums", "account", None, "https://leakzone[.]net/User-x"),
         {"T0146": 85, "T0151.009": 50}, "operation"),
        (kill_chain("0.9.8 Acquiring accounts on online forums", "url", None, "https://leakzone[.]net/x"),
         {"T0146": 85, "T0151.009": 50}, "venue"),
        (kill_chain("7.6.4 Offering or posting allegedly hacked material about individuals or institutions", "url"),
         {"T0089": 50, "T0115": 50}, "venue"),
        # what the value is weighs more than a label for what is left over
        (kill_chain("0.9.12 Acquiring other social media assets", "group", "odnoklassniki"),
         {"T0151.001": 85, "T0151.002": 85}, "operation"),
        (kill_chain("0.9.12 Acquiring other social media assets", "account", "vk"),
         {"T0146": 85, "T0151.001": 85}, "operation"),
        (kill_chain("0.9.8 Acquiring accounts on online forums", "url", None, "diy.rootsaction.org/petitions/x"),
         {}, "venue"),
        # Telegram: channel, bot and invitation are not the same
        (kill_chain("0.9.7 Acquiring Telegram channels", "channel", "telegram", "t[.]me/a"),
         {"T0151.004": 85, "T0151.007": 85}, "operation"),
        (kill_chain("0.9.7 Acquiring Telegram channels", "invite", "telegram", "t[.]me/+abc"),
         {"T0151.004": 85, "T0155.002": 50}, "operation"),
        (kill_chain("0.9.7 Acquiring Telegram channels", "channel", "telegram", "t[.]me/a_bot"),
         {"T0151.004": 85, "T0146.007": 50}, "operation"),
        # a behaviour calls assets only where the value is one
        (kill_chain("6.2.4 Amplifying with likely fake accounts on X/Twitter", "name", None, "Sharing on Twitter"),
         {"T0049.001": 50}, "operation"),
        (kill_chain("6.2.4 Amplifying with likely fake accounts on X/Twitter", "account", "x", "x[.]com/a"),
         {"T0049.001": 50, "T0146": 85, "T0151.008": 85}, "operation"),
        # the more specific call stands for its parent
        (kill_chain("7.1.1 Advertising to promote content", "ad-spend", None, "$5 for ads on Facebook"),
         {"T0114.001": 85}, "operation"),
        (kill_chain("7.1.1 Advertising to promote content", "ad-spend", None, "Around $xx in spending for ads"),
         {"T0114": 85}, "operation"),
        # audience counts are measurements
        (kill_chain("7.2.2 Acquiring Page followers", "audience-count", None, "About 100 accounts followed"),
         {}, "operation"),
        # whose the value is
        (kill_chain("8.2.1 Defacing websites", "name", None, "Bahrain Airport"),
         {"T0123": 50, "T0150.005": 50}, "victim"),
        (kill_chain("5.1.1 Privacy protecting website registrations", "text", None, "Registering with Namecheap"),
         {"T0130": 85}, "service"),
        (kill_chain("5.2.1 Using link shortening services", "url", None, "https://cutt[.]ly/x"),
         {"T0153.002": 85, "T0153.003": 85}, "operation"),
        (kill_chain("5.4.1 Copying authentic news articles", "domain", None, "point[.]md"),
         {"T0084.002": 50}, "copied-source"),
        (kill_chain("1.5.1 Impersonating news website", "name", None, "Der Spiegel"),
         {"T0143.003": 85, "T0097.202": 85}, "impersonated"),
        (kill_chain("1.5.1 Impersonating news website", "domain", None, "spiegel[.]ltd"),
         {"T0143.003": 85, "T0097.202": 85, "T0149.003": 50}, "operation"),
        (kill_chain("9.5.3 Using redirect domains", "domain", None, "browardnotaryservices[.]com"),
         {"T0149.004": 85}, "unclear"),
        (kill_chain("7.8.1 Tagging social media users", "account", "x"), {"T0039": 50}, "recipient"),
        (kill_chain("3.5.1 Automating social media posts", "text", None, "Automating tweets using dlvr[.]it"),
         {"T0146.007": 85}, "service"),
        (kill_chain("3.5.1 Automating social media posts", "text", None, "custom app, paylasdur[.]com"),
         {"T0146.007": 85}, "operation"),
        # paid media and real partners
        (kill_chain("7.4.3 Partnering with real organizations", "url", None, "https://www.iol.co.za/x", "Paid article"),
         {"T0114": 50}, "partner"),
        (kill_chain("7.4.3 Partnering with real organizations", "text", None, "partnered with a real NGO in Uganda"),
         {"T0100.002": 50}, "partner"),
        # comments
        (kill_chain("0.6.2 Acquiring domains to support influence operations", "domain", None, "welt[.]pm",
                    " Domains spoofing news or government sites Registration date: 9/5/2024"),
         {"T0149.001": 85, "T0143.003": 50, "T0149.003": 50, "T0097.202": 50}, "operation"),
        (kill_chain("0.6.2 Acquiring domains to support influence operations", "domain", None, "mfa-qov[.]info",
                    "Domains spoofing news or government sites"),
         {"T0149.001": 85, "T0143.003": 50, "T0149.003": 50, "T0097.206": 50}, "operation"),
        (kill_chain("0.6.2 Acquiring domains to support influence operations", "domain", None, "rrn[.]world",
                    "Operation’s websites and brands Registration date: 1/2/2023"),
         {"T0149.001": 85, "T0152.004": 85, "T0143.002": 50}, "operation"),
        (Query(("domain_name",), "domain", None, "Germany-targeting CIB domain", "bild.pics"),
         {"T0149.001": 85, "T0149.003": 50, "T0143.003": 15}, "operation"),
        (Query(("domain_name",), "domain", None, "Germany-targeting CIB domain", "warhehit.online"),
         {"T0149.001": 85}, "operation"),
        (Query(("domain_name",), "domain", None, "Watering hole with malicious iframe", "uyghurhaber.com"),
         {}, "unclear"),
        (Query(("url",), "url", None, "Malware hosting or redirect", "http://bit.ly/x", "shorteners"),
         {"T0153.003": 85, "T0147.003": 15}, "operation"),
        (Query(("url",), "url", None, "Malware hosting or redirect", "http://rare.example/x", "shorteners"),
         {"T0153.003": 85, "T0147.003": 15}, "operation"),
        (Query(("url",), "url", None, "Malware hosting or redirect", "http://bit.ly.example/x"),
         {"T0147.003": 15}, "operation"),
        (Query(("url",), "url", "pinterest", "Malware hosting or redirect", "http://pin.it/x", "shorteners"),
         {"T0147.003": 15}, "operation"),
        (Query(("url",), "url", None, "Phishing", "http://files.example.net/x"), {}, "operation"),
        (Query(("URL",), "url", None, "", "https://www.example.org/a"), {}, "unclear"),
        (Query(("Social Media Account",), "account", "tiktok"), {"T0146": 85, "T0151.008": 85}, "operation"),
        (Query(("cib_url",), "petition", "avaaz", "CIB URL"), {}, "operation"),
        # words of every day
        (Query(("sockpuppets",)), {"T0146": 85, "T0143.002": 85}, "operation"),
        (Query(("Typosquatted / look-alike domain",)), {"T0149.003": 85}, "operation"),
        # a DISARM id or name as label
        (Query(("T0143.002",)), {"T0143.002": 85}, "operation"),
        (Query(("Fabricated Persona",)), {"T0143.002": 85}, "operation"),
    ],
)  # fmt: skip
def test_what_is_called_for_a_finding(query: Query, expected: dict[str, int], role: str) -> None:
    verdict = MAPPING.match(query)
    assert {call.technique_id: call.confidence for call in verdict.calls} == expected
    assert verdict.value_role == role
    assert verdict.reason
    assert all(call.rule_id and call.reason for call in verdict.calls)


def test_an_old_number_with_a_known_text_follows_the_text() -> None:
    verdict = MAPPING.match(
        Query(
            ("5. Evading detection", "5.3 Co-opting real people", "5.3.3 Using compromised accounts to manage assets")
        )
    )
    assert verdict.label_id == "meta-kc.5.5.4"
    assert {call.technique_id for call in verdict.calls} == {"T0150.005", "T0146.004"}


def test_a_blank_procedure_falls_back_on_its_technique_with_medium_confidence() -> None:
    verdict = MAPPING.match(Query(("1. Disguising assets", "1.2 Posing as non-existent person", " "), "text"))
    assert verdict.label_id == "meta-kc.1.2"
    assert {call.technique_id: call.confidence for call in verdict.calls} == {"T0143.002": 50, "T0097.100": 50}
    assert "the innermost label is blank; fell back on" in verdict.reason


def test_a_heading_without_a_procedure_under_it_has_medium_confidence_however_it_is_given() -> None:
    path = ("1. Disguising assets", "1.2 Posing as non-existent person")
    verdict = MAPPING.match(Query(path, "text"))
    assert verdict.calls == MAPPING.match(Query((*path, ""), "text")).calls
    assert "nothing more precise is given; fell back on" in verdict.reason


def test_an_unknown_procedure_falls_back_and_says_so() -> None:
    verdict = MAPPING.match(Query((*ACQUIRING, "0.9.14 Acquiring Mastodon accounts"), "account", "mastodon"))
    assert verdict.label_id == "meta-kc.0.9"
    assert {call.technique_id: call.confidence for call in verdict.calls} == {"T0146": 50, "T0151.008": 50}
    assert "no rule knows the label '0.9.14 Acquiring Mastodon accounts' (nearest: " in verdict.reason


def test_an_unknown_procedure_without_its_path_falls_back_by_its_number() -> None:
    verdict = MAPPING.match(Query(("0.9.14 Acquiring Mastodon accounts",)))
    assert verdict.label_id == "meta-kc.0.9"
    assert calls(Query(("0.9.14 Acquiring Mastodon accounts",))) == {"T0146": 50}


def test_a_number_alone_is_taken_with_medium_confidence() -> None:
    verdict = MAPPING.match(Query(("0.9.4",)))
    assert verdict.label_id == "meta-kc.0.9.4"
    assert {call.confidence for call in verdict.calls} == {50}
    assert "by its number alone" in verdict.reason


def test_a_phase_alone_calls_nothing() -> None:
    verdict = MAPPING.match(Query(("8. Compromising assets", "8.9 Unheard of", "8.9.1 Unheard of too"), "domain"))
    assert verdict.calls == ()
    assert verdict.label_id == "meta-kc.8"
    assert verdict.value_role == "victim"


@pytest.mark.parametrize("labels", [(), ("", " "), ("gardening",), ("T0999.001_Nothing",)])
def test_what_no_rule_knows_is_unmapped_and_its_value_unclear(labels: tuple[str, ...]) -> None:
    verdict = MAPPING.match(Query(labels, "domain", None, "", "x.example"))
    assert (verdict.calls, verdict.rule_id, verdict.label_id, verdict.value_role) == ((), None, None, "unclear")
    assert verdict.reason


def test_a_typing_error_is_named_in_the_reason() -> None:
    verdict = MAPPING.match(Query(("3.6.3 Cordinating on Disocrd",)))
    assert verdict.label_id == "meta-kc.3.6.3"
    assert verdict.reason == "label '3.6.3 Cordinating on Disocrd' read as '3.6.3 Coordinating on Discord'"


def test_the_same_query_gives_the_same_verdict_object() -> None:
    query = kill_chain("0.9.8 Acquiring accounts on online forums", "account", "reddit")
    assert MAPPING.match(query) is MAPPING.match(query)


def test_verdicts_do_not_depend_on_what_was_asked_before() -> None:
    queries = [
        kill_chain("0.9.8 Acquiring accounts on online forums", "account", "reddit", "x forum"),
        kill_chain("0.9.8 Acquiring accounts on online forums", "account", "reddit", "x"),
        Query(("domain_name",), "domain", None, "Germany-targeting CIB domain", "bild.pics"),
        Query(("domain_name",), "domain", None, "Germany-targeting CIB domain", "warhehit.fun"),
        Query(("domain_name",), "domain", None, "", "bild.pics"),
    ]
    forward = [load_mapping().match(query) for query in queries]
    mapping = load_mapping()
    backward = [mapping.match(query) for query in reversed(queries)][::-1]
    assert forward == backward


def test_endless_labels_do_not_fill_memory() -> None:
    mapping = load_mapping()
    for number in range(300):
        mapping.match(Query((f"{number} " + "x" * 100_000,)))
    assert mapping.match(Query(("sockpuppet",))).calls
