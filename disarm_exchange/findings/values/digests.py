"""Hashes by length, and wallet addresses by checksum."""

from __future__ import annotations

import hashlib
import re

from disarm_exchange.findings.values.model import Kind, Value, quick_value

_HEX = re.compile(r"[0-9a-fA-F]+", re.ASCII)
_KINDS = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256, 128: Kind.SHA512}
_NAMED = re.compile(r"(md5|sha-?1|sha-?256|sha-?512)\s?[:=]\s?([0-9a-fA-F]+)", re.IGNORECASE)
_NAMES = {"md5": Kind.MD5, "sha1": Kind.SHA1, "sha256": Kind.SHA256, "sha512": Kind.SHA512}
_NEARLY = range(28, 140)

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES = {character: value for value, character in enumerate(_BASE58)}
_BASE58_ADDRESS = re.compile(rf"[13TLMD][{_BASE58}]{{24,34}}")
_BASE58_VERSIONS = {0x00: "BTC", 0x05: "BTC", 0x41: "TRX", 0x30: "LTC", 0x32: "LTC", 0x1E: "DOGE"}
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_VALUES = {character: value for value, character in enumerate(_BECH32)}
_BECH32_ADDRESS = re.compile(rf"(bc|ltc)1([{_BECH32}]{{11,87}})", re.IGNORECASE)
_BECH32_COINS = {"bc": "BTC", "ltc": "LTC"}
_ETHEREUM = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)

BAD_CHECKSUM = "looks like a wallet address, but its checksum is wrong"


def read_hash(token: str) -> Value | None:
    """A hash, bare or behind its name (`sha256:...`); lower case.

    Hexadecimal that is nearly as long as a hash, with letters and digits in it, is a NAME with a problem: a hash
    that lost or gained a character must not pass for an ordinary word.
    """
    named = _NAMED.fullmatch(token)
    digits = named.group(2) if named else token
    if _HEX.fullmatch(digits) is None:
        return None
    kind = _KINDS.get(len(digits))
    if kind is None:
        doubtful = len(digits) in _NEARLY and not digits.isdigit() and not digits.isalpha()
        if not (doubtful or named):
            return None
        return quick_value(
            Kind.NAME, token, problem=f"{len(digits)} hexadecimal digits: not the length of a known hash"
        )
    problem = None
    if named is not None and _NAMES[named.group(1).lower().replace("-", "")] is not kind:
        problem = f"called {named.group(1)}, but has the length of {kind.value}"
    return quick_value(kind, digits.lower(), problem=problem)


def read_wallet(token: str) -> Value | None:
    """A wallet address of Bitcoin, Litecoin, Dogecoin or TRON with a right checksum, or of the Ethereum form.

    Ethereum's optional mixed-case checksum needs Keccak, which Python does not have: only the form is checked, and
    the address is kept in lower case, which every wallet takes. A wrong checksum gives a NAME with a problem.
    """
    if _ETHEREUM.fullmatch(token):
        return _wallet(token.lower(), "ETH")
    segwit = _BECH32_ADDRESS.fullmatch(token)
    if segwit is not None:
        if token in (token.lower(), token.upper()) and _bech32_is_valid(
            segwit.group(1).lower(), segwit.group(2).lower()
        ):
            return _wallet(token.lower(), _BECH32_COINS[segwit.group(1).lower()])
        return quick_value(Kind.NAME, token, problem=BAD_CHECKSUM) if token.islower() else None
    if _BASE58_ADDRESS.fullmatch(token) and not token.isdigit():
        coin = _base58_coin(token)
        if coin is not None:
            return _wallet(token, coin)
        mixed = any(character.isdigit() for character in token[1:]) and not token.islower() and not token.isupper()
        return quick_value(Kind.NAME, token, problem=BAD_CHECKSUM) if mixed and len(token) >= 33 else None
    return None


def _wallet(address: str, coin: str) -> Value:
    return Value(Kind.WALLET, address, currency=coin)


def _base58_coin(address: str) -> str | None:
    """The coin of a Base58Check address: version byte, 20 bytes, 4 bytes of a double SHA-256. None if it is not one."""
    number = 0
    for character in address:
        number = number * 58 + _BASE58_VALUES[character]
    if number.bit_length() > 25 * 8:
        return None
    raw = number.to_bytes(25, "big")
    if hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] != raw[-4:]:
        return None
    leading = len(address) - len(address.lstrip("1"))
    if leading != len(raw) - len(raw.lstrip(b"\0")):
        return None
    return _BASE58_VERSIONS.get(raw[0])


def _bech32_is_valid(prefix: str, data: str) -> bool:
    """The checksum of BIP 173 (version 0) or BIP 350 (later versions)."""
    values = [_BECH32_VALUES[character] for character in data]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values
    checksum = 1
    for value in expanded:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum == (1 if values[0] == 0 else 0x2BC830A3)
