"""Sentences of the prose that schemas are often silent about, and legal objects that strict readers often refuse."""

from __future__ import annotations

from tests.validate.corpus.case import LATER, SEEN, Case, bad, good, ref, sco, sdo, without

X = "extension-definition--6f1f6a3e-5b1f-4d0b-9b0e-6a1f7e0c2a11"
SHA = "ab" * 32


def traffic(**properties: object) -> dict[str, object]:
    return sco("network-traffic", **{"src_ref": ref("ipv4-addr"), "protocols": ["tcp"], **properties})


def marking(**properties: object) -> dict[str, object]:
    return without(sdo("marking-definition", **properties), "modified")


def extended(object_type: str, **extensions: object) -> dict[str, object]:
    names = {"file": {"name": "a"}, "process": {"pid": 1}, "url": {"value": "https://a.example/"}}
    if object_type == "network-traffic":
        return traffic(extensions={name.replace("_", "-"): value for name, value in extensions.items()})
    own = {name.replace("_", "-"): value for name, value in extensions.items()}
    return sco(object_type, **names[object_type], extensions=own)


def indicator(pattern: str) -> dict[str, object]:
    return sdo("indicator", pattern=pattern, pattern_type="stix", valid_from=SEEN)


CASES: list[Case] = [
    # 3.2, common properties
    bad("DX006", "spec_version of 2.1 is 2.1", sdo("campaign", name="a", spec_version="2.0")),
    good("a leap second", sdo("campaign", name="a", first_seen="2016-12-31T23:59:60Z")),
    good("a leap day", sdo("campaign", name="a", first_seen="2024-02-29T00:00:00Z")),
    bad("DX212", "the 30th of February", sdo("campaign", name="a", first_seen="2023-02-30T00:00:00Z")),
    bad("DX212", "a leap day in another year", sdo("campaign", name="a", first_seen="2023-02-29T00:00:00Z")),
    bad("DX104", "a time zone", sdo("campaign", name="a", first_seen="2026-03-02T00:00:00+01:00")),
    bad("DX104", "a fraction after a comma", sdo("campaign", name="a", first_seen="2026-03-02T00:00:00,5Z")),
    good("nine digits of a second", sdo("campaign", name="a", first_seen="2026-03-02T00:00:00.123456789Z")),
    good("a language of three letters", sdo("campaign", name="a", lang="fil")),
    good("a family of languages", sdo("campaign", name="a", lang="sgn")),
    good("a language of private use", sdo("campaign", name="a", lang="qaa-Qaaa-QM-x-harbour")),
    good("a grandfathered tag", sdo("campaign", name="a", lang="i-klingon")),
    good("an extended language", sdo("campaign", name="a", lang="zh-yue-HK")),
    good("a region of the UN", sdo("campaign", name="a", lang="es-419")),
    bad("DX251", "three letters where two are registered", sdo("campaign", name="a", lang="eng")),
    bad("DX251", "no language of three letters", sdo("campaign", name="a", lang="xyz")),
    bad("DX251", "no region", sdo("campaign", name="a", lang="en-UK")),
    bad("DX251", "no script", sdo("campaign", name="a", lang="en-Abcd")),
    # 4, domain objects
    good("latitude and longitude are whole", sdo("location", latitude=10, longitude=-180)),
    good("a country in lower case", sdo("location", country="th")),
    good("nobody has counted one", sdo("sighting", sighting_of_ref=ref("indicator"), count=0, summary=True)),
    good("a sighting of a new type", sdo("sighting", sighting_of_ref=ref("harbour"))),
    bad("DX301", "an observable is not sighted", sdo("sighting", sighting_of_ref=ref("file"))),
    bad("DX106", "a count has nine digits", sdo("sighting", sighting_of_ref=ref("indicator"), count=1_000_000_000)),
    good("a note on a marking", sdo("note", content="x", object_refs=[ref("marking-definition")])),
    good(
        "a pattern with qualifiers",
        indicator("([ipv4-addr:value = '192.0.2.1'] AND [url:value LIKE 'http%']) REPEATS 5 TIMES WITHIN 1800 SECONDS"),
    ),
    good("a pattern that follows references", indicator("[network-traffic:src_ref.type = 'ipv4-addr']")),
    good("a pattern into extensions", indicator("[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]")),
    good("quotes and other scripts", indicator("[user-account:display_name = 'Мир \\'x\\' 🙂']")),
    good("accounts", indicator("[user-account:account_type = 'twitter' AND user-account:account_login = 'a']")),
    bad("DX221", "a hash that is none", indicator("[file:hashes.MD5 = 'xyz']")),
    bad("DX221", "a word that is no operator", indicator("[user-account:user_id = 'a' XOR url:value = 'b']")),
    # 6, observables
    good("a complete domain name", sco("domain-name", value="a.example.")),
    bad("DX109", "two dots at its end", sco("domain-name", value="a.example..")),
    bad("DX109", "only a dot", sco("domain-name", value=".")),
    good("a name in other letters", sco("domain-name", value="bücher.example")),
    good("a TLSH of version 4", sco("file", hashes={"TLSH": "T1" + "A" * 70})),
    good("a TLSH of before", sco("file", hashes={"TLSH": "A" * 70})),
    bad("DX104", "no TLSH", sco("file", hashes={"TLSH": "T2" + "A" * 70})),
    good("the name's character set", sco("file", name="a", name_enc="windows-1251")),
    bad("DX256", "an alias of a character set", sco("file", name="a", name_enc="latin1")),
    bad("DX256", "no character set", sco("directory", path="/srv", path_enc="harbour-8")),
    good("a media type of a producer's", sco("file", name="a", mime_type="application/vnd.harbour+json")),
    bad("DX405", "no registered media type", sco("file", name="a", mime_type="application/word")),
    bad("DX405", "a protocol in capitals", traffic(protocols=["HTTP"])),
    good("no bytes", traffic(src_byte_count=0, dst_packets=0)),
    bad("DX106", "less than no bytes", traffic(src_byte_count=-1)),
    bad("DX106", "less than no packets", traffic(dst_packets=-1)),
    good("a session of one moment", traffic(start=SEEN, end=SEEN, is_active=False, src_port=0, dst_port=65535)),
    bad("DX110", "still active, yet at an end", traffic(is_active=True, end=LATER)),
    bad("DX304", "the data of a request is an artifact", extended(
        "network-traffic",
        http_request_ext={"request_method": "get", "request_value": "/", "message_body_data_ref": ref("file")},
    )),
    bad("DX304", "an archive contains files", extended("file", archive_ext={"contains_refs": [ref("campaign")]})),
    bad("DX304", "a service has files", extended("process", windows_service_ext={"service_dll_refs": [ref("url")]})),
    bad("DX304", "a part of a message", sco(
        "email-message", is_multipart=True, body_multipart=[{"body_raw_ref": ref("url")}]
    )),
    good("a folder in an archive", extended("file", archive_ext={"contains_refs": [ref("file"), ref("directory")]})),
    bad("DX240", "an archive is a file", extended("url", archive_ext={"contains_refs": [ref("file")]})),
    bad("DX212", "the time stamp of a program", extended(
        "file", windows_pebinary_ext={"pe_type": "exe", "time_date_stamp": "2023-02-30T00:00:00Z"}
    )),
    bad("DX102", "an environment variable is a text", sco("process", pid=1, environment_variables={"HOME": 1})),
    good("environment variables keep their case", sco("process", pid=1, environment_variables={"Path": "/bin"})),
    good("languages of software", sco("software", name="a", languages=["en", "zh-Hans", "eng"])),
    bad("DX251", "no language of software", sco("software", name="a", languages=["english"])),
    # 7, meta objects
    bad("DX257", "a translation of no property", sdo(
        "language-content", object_ref=ref("campaign"), contents={"de": {"na me": "x"}}
    )),
    good("a translation of lists", sdo(
        "language-content", object_ref=ref("campaign"), contents={"de-CH": {"aliases": ["", "x"]}}
    )),
    good("a marking of an extension", marking(
        name="a", extensions={X: {"extension_type": "property-extension", "rank": 1}}
    )),
    good("a marking of another type", marking(definition_type="harbour", definition={"rank": 1})),
    good("selectors of what is always there", sdo(
        "campaign", name="a", granular_markings=[
            {"selectors": ["id", "name"], "marking_ref": ref("marking-definition")}
        ]
    )),
    good("a selector into an extension", {
        **extended("file", archive_ext={"contains_refs": [ref("file")]}),
        "granular_markings": [
            {"selectors": ["extensions.archive-ext.contains_refs.[0]"], "marking_ref": ref("marking-definition")}
        ],
    }),
    good("a new type may hold anything", sdo(
        "harbour", extensions={X: {"extension_type": "new-sdo"}}, free={"any": [1, None]}
    )),
    bad("DX301", "a reference of a new type names something", sdo(
        "harbour", extensions={X: {"extension_type": "new-sdo"}}, parent_ref=5
    )),
]  # fmt: skip
