"""A case with a canary in every field of every object type, and the search for canaries that got out."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from disarm_exchange.policy.redaction import Action, Kind
from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.ids import sco_id
from disarm_exchange.stix.markings import Tlp, marking_definition
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, evidence_extension_definition, project_identity
from tests.sync.case import BORN, PRODUCER, made, producer

SHAPES = {
    Kind.HANDLE: "cnh{}_x",
    Kind.USER_ID: "77{}",
    Kind.DISPLAY_NAME: "Cnn{} Ünlü",
    Kind.EMAIL: "cne{}@mail.example",
    Kind.PHONE: "+49170{}",
    Kind.IP: "",
}


@dataclass
class Nest:
    """The objects, and the canaries in them by kind and by the strictest marking of where they stand."""

    objects: list[StixObject] = field(default_factory=list)
    personal: dict[Kind, list[str]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    credentials: list[str] = field(default_factory=list)
    marked: dict[str, Tlp] = field(default_factory=dict)
    hidden_ids: dict[Kind, list[str]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    """Ids that are hashes of a personal value."""


def nest(seed: int) -> Nest:
    """A random case: accounts and addresses of random markings, and every type of object talking about them."""
    chance = random.Random(seed)
    made_nest = Nest()
    new = _Canaries(chance, made_nest)
    markings = list(Tlp)
    accounts: list[StixObject] = []
    for _ in range(chance.randint(1, 4)):
        accounts.append(new.account(chance.choice(markings)))
    accounts.append(new.address(chance.choice(markings)))
    secret_things = [new.domain(chance.choice(markings)) for _ in range(3)]
    about = [*accounts, *secret_things]
    talkers = [new.talker(kind, chance.choice(markings), about) for kind in _TALKERS for _ in range(2)]
    talkers += [new.technique_call(chance.choice(markings), talkers[0], about)]
    listed = [str(item["id"]) for item in (*about, *talkers)]
    report = {**new.talker("report", chance.choice(markings), about), "object_refs": listed}
    everything = [
        project_identity(),
        evidence_extension_definition(),
        producer(),
        *(marking_definition(tlp) for tlp in Tlp),
        *about,
        *talkers,
        report,
    ]
    chance.shuffle(everything)
    made_nest.objects = everything
    return made_nest


_TALKERS = (
    "campaign note opinion indicator relationship sighting identity person intrusion-set threat-actor incident "
    "grouping observed-data channel narrative media-content persona url software file location infrastructure "
    "language-content"
).split()


class _Canaries:
    def __init__(self, chance: random.Random, home: Nest) -> None:
        self.chance = chance
        self.home = home
        self.count = 0

    def digits(self) -> str:
        self.count += 1
        return f"{self.chance.randrange(10**8):08d}{self.count:03d}"

    def personal(self, kind: Kind, tlp: Tlp) -> str:
        value = SHAPES[kind].format(self.digits()[-9:])
        self.home.personal[kind].append(value)
        self.home.marked[value] = tlp
        return value

    def plain(self, tlp: Tlp) -> str:
        """A word that is nobody's, marked like the object it stands in."""
        value = f"cnw{self.digits()}"
        self.home.marked[value] = tlp
        return value

    def account(self, tlp: Tlp) -> StixObject:
        item: StixObject = {"type": "user-account", "spec_version": "2.1", "account_type": "x"}
        item["account_login"] = self.personal(self.chance.choice([Kind.HANDLE, Kind.EMAIL, Kind.PHONE]), tlp)
        item["user_id"] = self.personal(Kind.USER_ID, tlp)
        item["display_name"] = self.personal(Kind.DISPLAY_NAME, tlp)
        item["credential"] = f"cnc{self.digits()}"
        self.home.credentials.append(str(item["credential"]))
        return self._observable(item, tlp)

    def address(self, tlp: Tlp) -> StixObject:
        item: StixObject = {"type": "email-addr", "spec_version": "2.1", "value": self.personal(Kind.EMAIL, tlp)}
        item["display_name"] = self.personal(Kind.DISPLAY_NAME, tlp)
        return self._observable(item, tlp)

    def domain(self, tlp: Tlp) -> StixObject:
        return self._observable({"type": "domain-name", "value": f"{self.plain(tlp)}.example"}, tlp)

    def _observable(self, item: StixObject, tlp: Tlp) -> StixObject:
        item = {**item, "id": sco_id(str(item["type"]), item), "object_marking_refs": [tlp.marking_id]}
        for kind, values in self.home.personal.items():
            if any(value in (item.get("account_login"), item.get("user_id"), item.get("value")) for value in values):
                self.home.hidden_ids[kind].append(str(item["id"]))
        return item

    def saying(self, tlp: Tlp, about: list[StixObject]) -> str:
        """A text that names people of the case, spelled in various ways, and a word of its own."""
        words = [self.plain(tlp)]
        for item in about:
            for name in ("account_login", "user_id", "display_name", "value"):
                value = item.get(name)
                if isinstance(value, str) and item["type"] != "domain-name" and self.chance.random() < 0.5:
                    words.append(self.chance.choice([value, value.upper(), f"@{value}", f"({value})", f"x/{value}/"]))
        self.chance.shuffle(words)
        return " ".join(words)

    def talker(self, kind: str, tlp: Tlp, about: list[StixObject]) -> StixObject:
        """An object of that type with texts in every property that takes one, about people of no stricter marking."""
        known = [item for item in about if self.home.marked.get(str(item.get("user_id")), tlp) <= tlp]
        known = [item for item in known if self.home.marked.get(str(item.get("value")), tlp) <= tlp]
        text = lambda: self.saying(tlp, known)  # noqa: E731
        refs = [str(self.chance.choice(about)["id"]), str(self.chance.choice(about)["id"])]
        properties: dict[str, object] = {
            "description": text(),
            "labels": [text(), self.plain(tlp)],
            "external_references": [
                {"source_name": text(), "description": text(), "url": f"https://a.example/{text()}"}
            ],
            "x_extra": {"deep": [{"er": text()}]},
        }
        if kind in ("note", "opinion", "report", "grouping", "observed-data"):
            properties["object_refs"] = refs
        special: Mapping[str, dict[str, object]] = {
            "note": {"content": text(), "abstract": text(), "authors": [text()]},
            "opinion": {"opinion": "agree", "explanation": text()},
            "indicator": {
                "pattern": f"[user-account:account_login = '{self._quoted(known)}']",
                "pattern_type": "stix",
                "valid_from": BORN,
            },
            "relationship": {"relationship_type": "related-to", "source_ref": refs[0], "target_ref": refs[1]},
            "sighting": {"sighting_of_ref": refs[0], "where_sighted_refs": [PRODUCER]},
            "person": {"identity_class": "individual", "contact_information": text()},
            "report": {"published": BORN},
            "observed-data": {"first_observed": BORN, "last_observed": BORN, "number_observed": 1},
            "media-content": {"url": f"https://a.example/{text()}", "content": text(), "title": text()},
            "persona": {"aliases": [self.personal(Kind.DISPLAY_NAME, tlp)]},
            "language-content": {"object_ref": refs[0], "contents": {"de": {"name": text()}}},
        }
        properties |= special.get(kind, {})
        if kind == "person":
            properties["name"] = self.personal(Kind.DISPLAY_NAME, tlp)
        elif kind not in ("url", "software", "file"):
            properties["name"] = text()
        key = f"{kind} {self.digits()}"
        if kind in ("url", "software", "file"):
            field_name = "value" if kind == "url" else "name"
            value = f"https://a.example/{text()}" if kind == "url" else text()
            properties = {"spec_version": "2.1", field_name: value, "x_extra": text()}
            return self._observable({"type": kind, **properties}, tlp)
        return made("identity" if kind == "person" else kind, key, tlp, **properties)

    def _quoted(self, known: list[StixObject]) -> str:
        logins = [str(item["account_login"]) for item in known if "account_login" in item]
        return self.chance.choice(logins) if logins else "x"

    def technique_call(self, tlp: Tlp, case: StixObject, about: list[StixObject]) -> StixObject:
        known = [item for item in about if self.home.marked.get(str(item.get("user_id")), tlp) <= tlp]
        rows = [
            {"label": self.plain(tlp), "value": str(item.get("user_id") or "x"), "note": self.saying(tlp, known)}
            for item in known
        ] or [{"label": "x"}]
        evidence = {
            "extension_type": "property-extension",
            "framework": "1.7",
            "evidence_count": 9,
            "evidence": rows,
        }
        technique = "attack-pattern--7b1b4f1c-4a0c-5b5c-9d6a-111111111111"
        ends = {"source_ref": case["id"], "target_ref": technique}
        link = made("relationship", self.digits(), tlp, relationship_type="uses", **ends)
        return {**link, "extensions": {EVIDENCE_EXTENSION: evidence}}


def escaped(home: Nest, rules: Mapping[Kind, Action], ceiling: Tlp, *texts: bytes) -> list[str]:
    """The canaries and telling ids in what left that must not be there."""
    out = "\n".join(text.decode("utf-8", "replace") for text in texts).casefold()
    forbidden = {value for value, tlp in home.marked.items() if tlp > ceiling}
    for kind in Kind:
        if rules.get(kind, Action.KEEP) is not Action.KEEP:
            forbidden |= {*home.personal[kind], *home.hidden_ids[kind], *home.credentials}
    return sorted(value for value in forbidden if _spelled(value) in out)


def _spelled(value: str) -> str:
    return re.sub(r"\s+", " ", value).casefold()


def sent(objects: list[StixObject]) -> bytes:
    return orjson.dumps(objects)
