from __future__ import annotations

import pytest
import stix2

from disarm_exchange.policy.redaction import Action, Kind, Redaction
from disarm_exchange.policy.release import Released
from disarm_exchange.policy.sharing import SharingPolicy, share
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import sco_id
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, platform_identity
from tests.policy.objects import make, relationship
from tests.sync.case import made

KEY = b"a key of the pair, 32 bytes long"
PSEUDONYMS = {kind: Action.PSEUDONYM for kind in Kind if kind is not Kind.IP}


def account(login: str | None = "anna_77", **more: object) -> StixObject:
    properties = {"account_type": "facebook", **({"account_login": login} if login else {}), **more}
    return {
        "type": "user-account",
        "spec_version": "2.1",
        "id": sco_id("user-account", properties),
        **properties,
        "object_marking_refs": [Tlp.GREEN.marking_id],
    }


def redacted(*objects: StixObject, rules: dict[Kind, Action] | None = None, **more: object) -> list[StixObject]:
    return shared(*objects, rules=rules, **more)[0]


def shared(
    *objects: StixObject, rules: dict[Kind, Action] | None = None, key: bytes = KEY, **more: object
) -> tuple[list[StixObject], Released]:
    redaction = Redaction(PSEUDONYMS if rules is None else rules, key, **more)  # type: ignore[arg-type]
    result = share(objects, SharingPolicy(redaction=redaction))
    return result.objects, result.released


def note(content: str, about: StixObject, **more: object) -> StixObject:
    return made("note", content[:20], content=content, object_refs=[about["id"]], **more)


def test_a_pseudonym_is_the_same_everywhere_and_for_each_spelling() -> None:
    one, two = account("anna_77"), {**account("@Anna_77"), "account_type": "x"}
    first, second, text = redacted(one, two, note("Anna_77 leads; see @ANNA_77.", one))
    pseudonym = first["account_login"]
    assert str(pseudonym).startswith("u-")
    assert second["account_login"] == pseudonym
    assert text["content"] == f"{pseudonym} leads; see @{pseudonym}."


def test_another_pair_has_other_pseudonyms_and_ids() -> None:
    mine, theirs = redacted(account())[0], redacted(account(), rules=None)[0]
    other = shared(account(), key=b"the key of another pair, so long")[0][0]
    assert mine == theirs
    assert other["account_login"] != mine["account_login"]
    assert other["id"] != mine["id"]


def test_the_id_of_a_changed_account_is_the_right_one_for_what_is_left() -> None:
    item = redacted(account())[0]
    assert item["id"] == sco_id("user-account", item)
    assert item["id"] != account()["id"]


def test_references_follow_to_the_new_ids_and_made_ids_change_too() -> None:
    person, case = account(), made("campaign", "case", name="Case")
    link = relationship(3, str(case["id"]), str(person["id"]), Tlp.GREEN)
    report = made("report", "r", name="R", published="2026-03-01T00:00:00Z", object_refs=[person["id"], link["id"]])
    new_person, new_case, new_link, new_report = redacted(person, case, link, report)
    assert new_case is case
    assert new_link["target_ref"] == new_person["id"]
    assert new_link["id"] != link["id"]
    assert new_report["object_refs"] == [new_person["id"], new_link["id"]]
    assert new_report["id"] == report["id"]


def test_versions_of_a_changed_object_keep_one_id() -> None:
    person = account()
    old = note("anna_77 is back", person)
    new = {**old, "content": "anna_77 is gone", "modified": "2026-04-01T00:00:00.000Z"}
    _, first, second = redacted(person, old, new)
    assert first["id"] == second["id"] != old["id"]


def test_patterns_names_urls_labels_and_references_are_searched() -> None:
    person = account()
    indicator = made(
        "indicator",
        "i",
        name="Account anna_77",
        pattern="[user-account:account_login = 'anna_77']",
        pattern_type="stix",
        valid_from="2026-03-01T00:00:00Z",
        labels=["anna_77", "x"],
        external_references=[{"source_name": "f", "url": "https://f.example/Anna_77/posts"}],
    )
    new_person, changed = redacted(person, indicator)
    name = new_person["account_login"]
    assert changed["name"] == f"Account {name}"
    assert changed["pattern"] == f"[user-account:account_login = '{name}']"
    assert changed["labels"] == [name, "x"]
    assert changed["external_references"] == [{"source_name": "f", "url": f"https://f.example/{name}/posts"}]
    stix2.parse(changed)


def test_emails_and_phones_are_known_by_their_looks() -> None:
    about = made(
        "campaign", "case", name="Case", description="Write to Bo.Li+x@mail.example or +49 170 1234567, on 2026-03-01"
    )
    changed = redacted(about)[0]
    text = str(changed["description"])
    assert "mail.example" not in text
    assert "1234567" not in text
    assert "@redacted.invalid or p-" in text
    assert text.endswith("on 2026-03-01")


def test_a_login_that_is_an_address_is_treated_as_one() -> None:
    changed = redacted(account("Bo@mail.example"), rules={Kind.EMAIL: Action.PSEUDONYM})[0]
    assert str(changed["account_login"]).endswith("@redacted.invalid")


def test_an_email_object_stays_a_valid_one() -> None:
    value = {"value": "bo@mail.example"}
    item = make("email-addr", 1, Tlp.GREEN, **value, display_name="Bo Li")
    changed = redacted({**item, "id": sco_id("email-addr", value)})[0]
    stix2.parse(changed)
    assert changed["id"] == sco_id("email-addr", changed)
    assert "Bo" not in str(changed)


@pytest.mark.parametrize("action", [Action.MASK, Action.DROP])
def test_an_account_of_which_nothing_is_left_stays_home_with_all_about_it(action: Action) -> None:
    person = account(display_name="Anna")
    about = note("x", person)
    objects, released = shared(person, about, rules={Kind.HANDLE: action})
    assert objects == []
    assert [entry.rule for entry in released.withheld] == ["filter", "reference"]


def test_an_account_with_another_name_goes_without_the_dropped_one() -> None:
    person = account(user_id="1234567")
    changed = redacted(person, rules={Kind.HANDLE: Action.DROP})[0]
    assert "account_login" not in changed
    assert changed["user_id"] == "1234567"
    assert changed["id"] == sco_id("user-account", changed)


def test_masks_say_what_was_there() -> None:
    person = account(user_id="1234567")
    rules = {Kind.HANDLE: Action.MASK}
    _, text = redacted(person, note("anna_77 again", person), rules=rules)
    assert text["content"] == "[handle] again"


def test_a_masked_pattern_would_match_anything_and_stays_home() -> None:
    person = account(user_id="1234567")
    pattern = "[user-account:account_login = 'anna_77']"
    indicator = made("indicator", "i", pattern=pattern, pattern_type="stix", valid_from="2026-03-01T00:00:00Z")
    assert [item["type"] for item in redacted(person, indicator, rules={Kind.HANDLE: Action.MASK})] == ["user-account"]


def test_dropping_takes_the_text_that_names_it() -> None:
    person = account(user_id="1234567")
    case = made("campaign", "case", name="Case", description="Led by anna_77", aliases=["anna_77", "Other"])
    _, changed = redacted(person, case, rules={Kind.HANDLE: Action.DROP})
    assert "description" not in changed
    assert changed["aliases"] == ["Other"]
    objects, released = shared(person, {**case, "name": "anna_77's case"}, rules={Kind.HANDLE: Action.DROP})
    assert [item["type"] for item in objects] == ["user-account"]
    assert "name must be left out" in released.withheld[0].reason


def test_addresses_that_are_dropped_stay_home_and_leave_texts() -> None:
    address = make("ipv4-addr", 1, Tlp.GREEN, value="198.51.100.7")
    case = made("campaign", "case", name="Case", description="From 198.51.100.7 and 203.0.113.9")
    changed = redacted(address, case, rules={Kind.IP: Action.DROP})
    assert [item["type"] for item in changed] == ["campaign"]
    assert "description" not in changed[0]
    with pytest.raises(ValueError, match="IP"):
        Redaction({Kind.IP: Action.PSEUDONYM}, KEY)


def test_of_two_rules_for_one_value_the_stricter_counts() -> None:
    person = account("bo_li_9", display_name="bo_li_9", user_id="7654321")
    changed = redacted(person, rules={Kind.HANDLE: Action.PSEUDONYM, Kind.DISPLAY_NAME: Action.DROP})[0]
    assert changed.keys() & {"account_login", "display_name"} == set()


def test_kinds_that_are_kept_are_not_touched() -> None:
    person = account(display_name="Anna")
    assert redacted(person, rules={Kind.EMAIL: Action.DROP}) == [person]


def test_evidence_keeps_its_labels_only() -> None:
    rows = [{"label": "Accounts", "value": "anna_77", "note": "bo[at]mail[.]example"}, {"value": "x"}]
    evidence = {"extension_type": "property-extension", "evidence_count": 9, "evidence": rows}
    link = {
        **relationship(1, "campaign--x", "attack-pattern--x", Tlp.GREEN),
        "extensions": {EVIDENCE_EXTENSION: evidence},
    }
    changed = redacted(account(), link)[1]
    assert changed["extensions"] == {EVIDENCE_EXTENSION: {**evidence, "evidence": [{"label": "Accounts"}]}}


def test_free_texts_can_be_left_out_altogether() -> None:
    case = made("campaign", "case", name="Case", description="Names nobody knows")
    changed, *rest = redacted(case, note("text", case), rules={}, drop_texts=True)
    assert "description" not in changed
    assert rest == []


def test_public_things_are_not_taken_for_people() -> None:
    platform = platform_identity("facebook", "Facebook")
    person = account("facebook", user_id="1234567")
    domain = make("domain-name", 5, Tlp.GREEN, value="facebook.example")
    team = {**made("identity", "i", name="Facebook", identity_class="organization")}
    case = made("campaign", "case", name="Case", description="facebook runs facebook.example")
    changed = redacted(platform, person, domain, team, case)
    assert changed[0] is platform
    assert changed[2] is domain
    assert changed[3] is team
    assert str(changed[4]["description"]).endswith(" runs facebook.example")
    assert not str(changed[4]["description"]).startswith("facebook")


def test_passwords_never_go() -> None:
    assert "credential" not in redacted(account(credential="geheim"))[0]


def test_granular_markings_still_fit() -> None:
    case = made("campaign", "case", name="Case", description="anna_77", aliases=["a", "anna_77"])
    case["granular_markings"] = [
        {"marking_ref": Tlp.AMBER.marking_id, "selectors": ["description", "aliases.[1]", "name"]},
        {"marking_ref": Tlp.CLEAR.marking_id, "selectors": ["description"]},
    ]
    person = account(user_id="1234567")
    changed = redacted(person, case, rules={Kind.HANDLE: Action.DROP})[1]
    assert changed["granular_markings"] == [{"marking_ref": Tlp.AMBER.marking_id, "selectors": ["aliases", "name"]}]


def test_what_went_before_is_referred_to_by_its_new_id() -> None:
    person = account()
    before = redacted(person)[0]
    case = made("campaign", "case", name="Case")
    link = relationship(3, str(case["id"]), str(person["id"]), Tlp.GREEN)
    policy = SharingPolicy(redaction=Redaction(PSEUDONYMS, KEY))
    later = share([case, link], policy, context=[person]).objects
    assert later[1]["target_ref"] == before["id"]
    assert len(later) == 2


def test_the_fingerprint_tells_policies_apart_and_not_their_keys() -> None:
    one, two = (SharingPolicy(redaction=Redaction(PSEUDONYMS, key)) for key in (KEY, KEY[::-1]))
    assert len({SharingPolicy().fingerprint, one.fingerprint, two.fingerprint}) == 3
    assert "key of the pair" not in repr(one)
    with pytest.raises(ValueError, match="16 bytes"):
        Redaction({}, b"short")
