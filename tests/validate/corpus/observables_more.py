"""Observables, network-traffic to x509-certificate (STIX 2.1 sections 6.12 to 6.18)."""

from __future__ import annotations

from tests.validate.corpus.case import LATER, SEEN, Case, bad, good, ref, sco

END = {"src_ref": ref("ipv4-addr"), "protocols": ["ipv4", "tcp"]}


def traffic(**properties: object) -> dict[str, object]:
    return sco("network-traffic", **{**END, **properties})


CASES: list[Case] = [
    # 6.12
    good("protocols and one end suffice", traffic()),
    good(
        "all properties of network-traffic",
        traffic(
            start=SEEN,
            end=LATER,
            is_active=False,
            dst_ref=ref("domain-name"),
            src_port=2487,
            dst_port=443,
            src_byte_count=147,
            dst_byte_count=935,
            src_packets=4,
            dst_packets=6,
            ipfix={"minimumIpTotalLength": 32},
            src_payload_ref=ref("artifact"),
            dst_payload_ref=ref("artifact"),
            encapsulates_refs=[ref("network-traffic")],
            encapsulated_by_ref=ref("network-traffic"),
        ),
    ),
    good(
        "an HTTP request",
        traffic(extensions={"http-request-ext": {"request_method": "get", "request_value": "/a"}}),
    ),
    good("a TCP flow", traffic(extensions={"tcp-ext": {"src_flags_hex": "02"}})),
    bad("DX101", "protocols is required", sco("network-traffic", src_ref=ref("ipv4-addr"), src_port=1)),
    bad("DX110", "one of both ends", sco("network-traffic", protocols=["tcp"])),
    bad("DX110", "what is active has no end", traffic(end=LATER, is_active=True)),
    bad("DX211", "end is not before start", traffic(start=LATER, end=SEEN)),
    bad("DX106", "a port is at most 65535", traffic(src_port=65536)),
    bad("DX106", "a port is not negative", traffic(dst_port=-1)),
    bad("DX301", "an end is an address or a name", traffic(dst_ref=ref("url"))),
    bad("DX301", "a payload is an artifact", traffic(src_payload_ref=ref("file"))),
    bad("DX107", "protocols is not empty", traffic(protocols=[])),
    bad("DX101", "an HTTP request has a value", traffic(extensions={"http-request-ext": {"request_method": "get"}})),
    bad(
        "DX103",
        "the address family is closed",
        traffic(extensions={"socket-ext": {"address_family": "AF_PIER"}}),
    ),
    # 6.13
    good("a process number suffices", sco("process", pid=7)),
    good("the time it was created suffices", sco("process", created_time=SEEN)),
    good(
        "all properties of process",
        sco(
            "process",
            is_hidden=False,
            pid=7,
            created_time=SEEN,
            cwd="/srv",
            command_line="poster --all",
            environment_variables={"LANG": "C"},
            opened_connection_refs=[ref("network-traffic")],
            creator_user_ref=ref("user-account"),
            image_ref=ref("file"),
            parent_ref=ref("process"),
            child_refs=[ref("process")],
        ),
    ),
    bad("DX110", "a process has a property", sco("process", defanged=False)),
    bad(
        "DX203",
        "the id of a process is random",
        {**sco("process", pid=7), "id": sco("url", value="x")["id"].replace("url", "process")},
    ),  # type: ignore[attr-defined]
    bad("DX301", "the parent is a process", sco("process", pid=7, parent_ref=ref("file"))),
    bad("DX301", "the image is a file", sco("process", pid=7, image_ref=ref("process"))),
    bad("DX102", "pid is an integer", sco("process", pid="7")),
    # 6.14
    good("a name suffices", sco("software", name="Poster")),
    good(
        "all properties of software",
        sco(
            "software",
            name="Poster",
            cpe="cpe:2.3:a:harbour:poster:2000:*:*:*:*:*:*:*",
            swid="a",
            languages=["en", "nl"],
            vendor="Harbour",
            version="2000",
        ),
    ),
    bad("DX101", "name is required", sco("software", vendor="Harbour")),
    bad("DX104", "cpe is a CPE 2.3 name", sco("software", name="Poster", cpe="cpe:/a:harbour:poster")),
    bad("DX251", "languages are tags", sco("software", name="Poster", languages=["xx"])),
    bad("DX102", "languages is a list", sco("software", name="Poster", languages="en")),
    # 6.15
    good("a value suffices", sco("url", value="https://harbour-echo.example/a?b=c#d")),
    good("another scheme", sco("url", value="tg://resolve?domain=echo")),
    bad("DX101", "value is required", sco("url", defanged=False)),
    bad("DX109", "a URL has a scheme", sco("url", value="harbour-echo.example/a")),
    bad("DX109", "a URL has no blanks", sco("url", value="https://harbour-echo.example/a b")),
    bad("DX109", "a URL is not defanged", sco("url", value="hxxps://harbour-echo[.]example/a")),
    bad("DX102", "value is a text", sco("url", value=["https://a.example/"])),
    # 6.16
    good("a login suffices", sco("user-account", account_login="echo")),
    good("a display name suffices", sco("user-account", display_name="Echo")),
    good(
        "all properties of user-account",
        sco(
            "user-account",
            user_id="1001",
            account_login="echo",
            account_type="facebook",
            display_name="Echo",
            is_service_account=False,
            is_privileged=False,
            can_escalate_privs=False,
            is_disabled=True,
            account_created=SEEN,
            account_expires=LATER,
            credential_last_changed=SEEN,
            account_first_login=SEEN,
            account_last_login=LATER,
        ),
    ),
    good("a UNIX account", sco("user-account", user_id="1001", extensions={"unix-account-ext": {"gid": 1001}})),
    bad("DX110", "an account has a property", sco("user-account", defanged=False)),
    bad("DX102", "user_id is a text", sco("user-account", user_id=1001)),
    bad("DX102", "is_disabled is a boolean", sco("user-account", user_id="1", is_disabled="yes")),
    bad(
        "DX213",
        "an account does not expire before it is made",
        sco("user-account", user_id="1", account_created=LATER, account_expires=SEEN),
    ),
    bad(
        "DX107", "a UNIX account has a property", sco("user-account", user_id="1", extensions={"unix-account-ext": {}})
    ),
    # 6.17
    good("a key suffices", sco("windows-registry-key", key="hkey_local_machine\\system\\echo")),
    good("the time it was changed suffices", sco("windows-registry-key", modified_time=SEEN)),
    good(
        "all properties of windows-registry-key",
        sco(
            "windows-registry-key",
            key="hkey_local_machine\\system\\echo",
            values=[{"name": "a", "data": "b", "data_type": "REG_SZ"}],
            modified_time=SEEN,
            creator_user_ref=ref("user-account"),
            number_of_subkeys=1,
        ),
    ),
    bad("DX110", "a key has a property", sco("windows-registry-key", defanged=False)),
    bad("DX108", "the hive is written out", sco("windows-registry-key", key="HKLM\\system\\echo")),
    bad("DX110", "a value has a property", sco("windows-registry-key", key="hkey_users", values=[{}])),
    bad(
        "DX103",
        "the data type is closed",
        sco("windows-registry-key", key="hkey_users", values=[{"name": "a", "data_type": "REG_PIER"}]),
    ),
    bad(
        "DX301",
        "the creator is an account",
        sco("windows-registry-key", key="hkey_users", creator_user_ref=ref("identity")),
    ),
    # 6.18
    good("a serial number suffices", sco("x509-certificate", serial_number="36:f7")),
    good(
        "all properties of x509-certificate",
        sco(
            "x509-certificate",
            is_self_signed=False,
            hashes={"SHA-256": "ab" * 32},
            version="3",
            serial_number="36:f7",
            signature_algorithm="sha256WithRSAEncryption",
            issuer="CN=Harbour",
            validity_not_before=SEEN,
            validity_not_after=LATER,
            subject="CN=Echo",
            subject_public_key_algorithm="rsaEncryption",
            subject_public_key_modulus="00:b4",
            subject_public_key_exponent=65537,
            x509_v3_extensions={"basic_constraints": "critical,CA:TRUE"},
        ),
    ),
    bad("DX110", "a certificate has a property", sco("x509-certificate", defanged=False)),
    bad(
        "DX213",
        "validity does not end before it begins",
        sco("x509-certificate", serial_number="1", validity_not_before=LATER, validity_not_after=SEEN),
    ),
    bad(
        "DX102",
        "the exponent is an integer",
        sco("x509-certificate", serial_number="1", subject_public_key_exponent="3"),
    ),
    bad("DX110", "extensions are not empty", sco("x509-certificate", serial_number="1", x509_v3_extensions={})),
]
