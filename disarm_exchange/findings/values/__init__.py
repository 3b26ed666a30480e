"""Values: what a cell of a findings table holds, refanged, normalised and named for what it is.

    read_cell(cell)             the values of a cell; the first is what its record is about
    read_typed(cell, type)      the value of a cell whose type stands beside it (`domain_name`, `telegram_url`, ...)
    redirect_targets(note)      where a note says that a link leads
    platforms_named(text)       the platforms that words mention
    refang(text)                the live form of what is defanged (`stix.defanging` is the way there)

What changes often is data: platforms, guard lists, indicator types and the words of counts, all under
`mappings/values/`. Nothing here opens a connection or asks for the time; the same cell gives the same value.
"""

from disarm_exchange.findings.values.cells import LONGEST_CELL, read_cell
from disarm_exchange.findings.values.directory import shared_host_guard
from disarm_exchange.findings.values.mentions import platform_named, platforms_named
from disarm_exchange.findings.values.model import ACCOUNT_KINDS, COUNT_KINDS, HASH_KINDS, URL_KINDS, Guard, Kind, Value
from disarm_exchange.findings.values.notes import led_to, redirect_targets
from disarm_exchange.findings.values.platforms import Platform
from disarm_exchange.findings.values.refanging import refang
from disarm_exchange.findings.values.typed import read_typed, read_typed_list
from disarm_exchange.findings.values.urls import registered_domain
from disarm_exchange.stix.suffixes import registrable_domain

__all__ = [
    "ACCOUNT_KINDS",
    "COUNT_KINDS",
    "HASH_KINDS",
    "LONGEST_CELL",
    "URL_KINDS",
    "Guard",
    "Kind",
    "Platform",
    "Value",
    "led_to",
    "platform_named",
    "platforms_named",
    "read_cell",
    "read_typed",
    "read_typed_list",
    "redirect_targets",
    "refang",
    "registered_domain",
    "registrable_domain",
    "shared_host_guard",
]
