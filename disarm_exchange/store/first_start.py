"""What an empty database needs before anyone can use it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store.access import add_api_root, add_collection, list_api_roots, set_grant
from disarm_exchange.store.accounts import add_organisation, add_user, list_organisations
from disarm_exchange.store.database import Transaction
from disarm_exchange.store.operators import set_operator

API_ROOT = "exchange"
ORGANISATION = "home"
USER = "admin"
COLLECTION = "findings"


@dataclass(frozen=True, slots=True)
class FirstLogin:
    """How to log in for the first time. The password was made just now and is kept nowhere in this form."""

    user: str
    password: str
    api_root: str
    collection: str


def set_up_if_empty(tx: Transaction) -> FirstLogin | None:
    """Make an API root, a collection, the organisation that runs the server and its first user.

    Does nothing, and gives None, where there is any API root or organisation already.
    """
    if list_api_roots(tx) or list_organisations(tx):
        return None
    root = add_api_root(tx, API_ROOT, "Exchange")
    collection = add_collection(tx, "Findings", api_root=root, alias=COLLECTION)
    home = add_organisation(tx, ORGANISATION, clearance=Tlp.RED)
    set_operator(tx, home.id, operates=True)
    password = secrets.token_urlsafe(18)
    add_user(tx, home, USER, password=password)
    set_grant(tx, collection, home.id, can_read=True, can_write=True)
    return FirstLogin(USER, password, API_ROOT, COLLECTION)
