"""Observables, artifact to mutex (STIX 2.1 sections 6.1 to 6.11)."""

from __future__ import annotations

from tests.validate.corpus.case import LATER, SEEN, UUID4, Case, bad, good, ref, sco, without

SHA = {"SHA-256": "ab" * 32}
PAYLOAD = "aGFyYm91cg=="


def message(**properties: object) -> dict[str, object]:
    return sco("email-message", **{"is_multipart": False, "subject": "Harbour", "body": "It will close.", **properties})


CASES: list[Case] = [
    # common to observables
    good("spec_version may be left out", without(sco("url", value="https://a.example/"), "spec_version")),
    good("defanged", sco("url", value="https://a.example/", defanged=True)),
    good("a random id is allowed", {**sco("url", value="https://a.example/"), "id": f"url--{UUID4}"}),
    bad("DX101", "id is required", without(sco("url", value="https://a.example/"), "id")),
    bad(
        "DX202",
        "the deterministic id fits the value",
        {**sco("url", value="https://a.example/"), "value": "https://b.example/"},
    ),
    bad("DX102", "defanged is a boolean", sco("url", value="https://a.example/", defanged="yes")),
    bad("DX104", "the id begins with the type", {**sco("url", value="https://a.example/"), "id": f"file--{UUID4}"}),
    # 6.1
    good("payload_bin suffices", sco("artifact", payload_bin=PAYLOAD)),
    good("url and hashes suffice", sco("artifact", url="https://a.example/x.zip", hashes=SHA)),
    good(
        "all properties of artifact",
        sco(
            "artifact",
            mime_type="application/zip",
            payload_bin=PAYLOAD,
            hashes=SHA,
            encryption_algorithm="mime-type-indicated",
            decryption_key="infected",
        ),
    ),
    bad("DX101", "payload_bin or url", sco("artifact", mime_type="application/zip")),
    bad("DX110", "not both of them", sco("artifact", payload_bin=PAYLOAD, url="https://a.example/x.zip", hashes=SHA)),
    bad("DX101", "url needs hashes", sco("artifact", url="https://a.example/x.zip")),
    bad("DX110", "a key needs an algorithm", sco("artifact", payload_bin=PAYLOAD, decryption_key="infected")),
    bad("DX103", "the algorithm is closed", sco("artifact", payload_bin=PAYLOAD, encryption_algorithm="rot13")),
    bad("DX104", "payload_bin is base64", sco("artifact", payload_bin="not base64!")),
    bad("DX104", "mime_type has its form", sco("artifact", payload_bin=PAYLOAD, mime_type="zip")),
    # 6.2
    good("a number suffices", sco("autonomous-system", number=64496)),
    good("with name and registry", sco("autonomous-system", number=64496, name="Harbour Net", rir="RIPE")),
    bad("DX101", "number is required", sco("autonomous-system", name="Harbour Net")),
    bad("DX102", "number is an integer", sco("autonomous-system", number="64496")),
    # 6.3
    good("a path suffices", sco("directory", path="/srv/echo")),
    good(
        "all properties of directory",
        sco(
            "directory", path="/srv", path_enc="UTF-8", ctime=SEEN, mtime=SEEN, atime=LATER, contains_refs=[ref("file")]
        ),
    ),
    bad("DX101", "path is required", sco("directory", ctime=SEEN)),
    bad(
        "DX301", "a directory contains files and directories", sco("directory", path="/srv", contains_refs=[ref("url")])
    ),
    bad("DX104", "ctime is a timestamp", sco("directory", path="/srv", ctime="today")),
    # 6.4
    good("a value suffices", sco("domain-name", value="harbour-echo.example")),
    good("an internationalised name", sco("domain-name", value="häfen.example")),
    good("a name in Punycode", sco("domain-name", value="xn--hfen-loa.example")),
    good("what it resolves to", sco("domain-name", value="a.example", resolves_to_refs=[ref("ipv4-addr")])),
    bad("DX101", "value is required", sco("domain-name", resolves_to_refs=[ref("ipv4-addr")])),
    bad("DX109", "a name has no blanks", sco("domain-name", value="harbour echo.example")),
    bad("DX109", "a name is not defanged", sco("domain-name", value="harbour-echo[.]example")),
    bad("DX109", "a name is no URL", sco("domain-name", value="https://harbour-echo.example")),
    bad(
        "DX301",
        "it resolves to addresses and names",
        sco("domain-name", value="a.example", resolves_to_refs=[ref("url")]),
    ),
    # 6.5
    good("a value suffices", sco("email-addr", value="echo@harbour.example")),
    good(
        "all properties of email-addr",
        sco("email-addr", value="a@b.example", display_name="A", belongs_to_ref=ref("user-account")),
    ),
    bad("DX101", "value is required", sco("email-addr", display_name="A")),
    bad("DX109", "an address has one @", sco("email-addr", value="echo.harbour.example")),
    bad("DX109", "the display name stands apart", sco("email-addr", value="Echo <echo@harbour.example>")),
    bad("DX301", "it belongs to an account", sco("email-addr", value="a@b.example", belongs_to_ref=ref("identity"))),
    # 6.6
    good("a simple message", message()),
    good(
        "a message of parts",
        without(message(is_multipart=True, body_multipart=[{"content_type": "text/plain", "body": "a"}]), "body"),
    ),
    good(
        "all properties of a simple message",
        message(
            date=SEEN,
            content_type="text/plain",
            from_ref=ref("email-addr"),
            sender_ref=ref("email-addr"),
            to_refs=[ref("email-addr")],
            cc_refs=[ref("email-addr")],
            bcc_refs=[ref("email-addr")],
            message_id="<1@a.example>",
            received_lines=["from a by b"],
            additional_header_fields={"X-Mailer": ["a"]},
            raw_email_ref=ref("artifact"),
        ),
    ),
    bad("DX101", "is_multipart is required", without(message(), "is_multipart")),
    bad("DX110", "a simple message has no parts", message(body_multipart=[{"body": "a"}])),
    bad("DX110", "a message of parts has no body", message(is_multipart=True)),
    bad("DX301", "it is from an address", message(from_ref=ref("identity"))),
    bad("DX301", "the raw message is an artifact", message(raw_email_ref=ref("file"))),
    # 6.7
    good("a name suffices", sco("file", name="flyer.pdf")),
    good("hashes suffice", sco("file", hashes=SHA)),
    good(
        "all properties of file",
        sco(
            "file",
            hashes=SHA,
            size=25,
            name="flyer.pdf",
            name_enc="UTF-8",
            magic_number_hex="25504446",
            mime_type="application/pdf",
            ctime=SEEN,
            mtime=SEEN,
            atime=LATER,
            parent_directory_ref=ref("directory"),
            contains_refs=[ref("url")],
            content_ref=ref("artifact"),
        ),
    ),
    good("a PDF", sco("file", name="a.pdf", extensions={"pdf-ext": {"version": "1.7", "is_optimized": False}})),
    good("an archive", sco("file", name="a.zip", extensions={"archive-ext": {"contains_refs": [ref("file")]}})),
    good(
        "a picture", sco("file", name="a.jpg", extensions={"raster-image-ext": {"image_height": 7, "image_width": 9}})
    ),
    bad("DX110", "hashes or name", sco("file", size=25)),
    bad("DX106", "size is not negative", sco("file", name="a", size=-1)),
    bad("DX104", "magic_number_hex is hexadecimal", sco("file", name="a", magic_number_hex="%PDF")),
    bad("DX104", "a hash has its length", sco("file", hashes={"MD5": "ab" * 15})),
    bad("DX301", "the parent is a directory", sco("file", name="a", parent_directory_ref=ref("file"))),
    bad("DX301", "the content is an artifact", sco("file", name="a", content_ref=ref("file"))),
    bad("DX254", "name_enc needs name", sco("file", hashes=SHA, name_enc="UTF-8")),
    bad("DX107", "an extension is not empty", sco("file", name="a.pdf", extensions={"pdf-ext": {}})),
    # 6.8, 6.9
    good("an address", sco("ipv4-addr", value="198.51.100.7")),
    good("a network", sco("ipv4-addr", value="198.51.100.0/24")),
    good(
        "all properties of ipv4-addr",
        sco(
            "ipv4-addr",
            value="198.51.100.7",
            resolves_to_refs=[ref("mac-addr")],
            belongs_to_refs=[ref("autonomous-system")],
        ),
    ),
    bad("DX101", "value is required", sco("ipv4-addr", resolves_to_refs=[ref("mac-addr")])),
    bad("DX104", "an octet is at most 255", sco("ipv4-addr", value="198.51.100.256")),
    bad("DX104", "there are four octets", sco("ipv4-addr", value="198.51.100")),
    bad("DX104", "a network has at most 32 bits", sco("ipv4-addr", value="198.51.100.0/33")),
    bad("DX301", "it resolves to MAC addresses", sco("ipv4-addr", value="198.51.100.7", resolves_to_refs=[ref("url")])),
    good("an address", sco("ipv6-addr", value="2001:db8::1")),
    good("a network", sco("ipv6-addr", value="2001:db8::/32")),
    good("an address with an IPv4 tail", sco("ipv6-addr", value="::ffff:198.51.100.7")),
    bad("DX101", "value is required", sco("ipv6-addr", belongs_to_refs=[ref("autonomous-system")])),
    bad("DX223", "a group is hexadecimal", sco("ipv6-addr", value="2001:db8::g")),
    bad("DX223", "an IPv4 address is none of IPv6", sco("ipv6-addr", value="198.51.100.7")),
    # 6.10, 6.11
    good("six pairs", sco("mac-addr", value="d2:fb:49:24:37:18")),
    bad("DX104", "pairs are joined by colons", sco("mac-addr", value="d2-fb-49-24-37-18")),
    bad("DX104", "pairs are in lower case", sco("mac-addr", value="D2:FB:49:24:37:18")),
    bad("DX104", "leading zeros are written", sco("mac-addr", value="2:fb:49:24:37:18")),
    good("a name suffices", sco("mutex", name="__ECHO__")),
    bad("DX101", "name is required", sco("mutex", defanged=False)),
]
