"""Two engines, one mind: the fast one decides, the other explains, and both say the same of everything."""

from __future__ import annotations

import copy
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.reading import read_objects
from disarm_exchange.validate.precheck import Care, care
from disarm_exchange.validate.schemas import registry, schema_uri
from disarm_exchange.validate.violations import from_python, from_rs
from tests.shared_data import SHARED_DATA, needs_shared_data
from tests.validate.bundles import exchange_bundle
from tests.validate.corpus import all_cases

CORPUS = [case.item for case in all_cases()]


def disagreement(item: StixObject) -> str:
    """What the engines say differently of an object; empty if they are of one mind."""
    uri = schema_uri(item)
    decider = registry().decider(uri)
    fast = from_rs(decider.iter_errors(item))
    slow = from_python(registry().explainer(uri).iter_errors(item))
    if decider.is_valid(item) != (not slow):
        return f"verdicts differ: fast {decider.is_valid(item)}, slow {not slow}"
    plain = [[found[:3] for found in side] for side in (fast, slow)]
    return "" if plain[0] == plain[1] else f"fast {plain[0]}, slow {plain[1]}"


@pytest.mark.parametrize("item", CORPUS, ids=lambda item: str(item.get("type")))
def test_they_agree_on_every_object_of_the_corpus(item: StixObject) -> None:
    assert care(item) is not Care.NONE or disagreement(item) == ""


def test_they_agree_on_what_partners_exchange() -> None:
    assert [disagreement(item) for item in exchange_bundle()] == [""] * len(exchange_bundle())


@needs_shared_data
@pytest.mark.parametrize("release", ["1.6", "1.7"])
def test_they_agree_on_the_official_bundles_of_disarm(release: str) -> None:
    for item in read_objects(SHARED_DATA / "disarm" / f"DISARM-{release}.json"):
        assert disagreement(item) == ""


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "rules").glob("*.json")), ids=lambda path: path.name)
def test_they_agree_on_the_files_of_the_rules(path: Path) -> None:
    try:
        content = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        pytest.skip("broken JSON on purpose")
    for item in content["objects"]:
        if isinstance(item, dict) and care(item) is Care.NONE:
            assert disagreement(item) == ""


texts = st.text(max_size=12) | st.sampled_from(
    [
        "2026-03-01T00:00:00Z",
        "campaign--6f1f6a3e-5b1f-4d0b-9b0e-6a1f7e0c2a11",
        "a\n",
        "١٢",
        "https://a.example/",
        "x@a.example",
    ]
)
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.sampled_from(["type", "value", "hashes"]), inner, max_size=3)
    ),
    max_leaves=6,
)
names = st.text(alphabet="abcxyz_-A1é\n", min_size=0, max_size=6) | st.sampled_from(
    ["name", "extensions", "object_refs", "hashes", "external_references", "granular_markings", "labels", "description"]
)


def paths(item: object, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value inside an object."""
    steps = list(item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ())
    return [found for key, value in steps for found in [(*here, key), *paths(value, (*here, key))]]


@st.composite
def mutants(draw: st.DrawFn) -> StixObject:
    """An object of the corpus with one value replaced, removed or added anywhere inside."""
    item = copy.deepcopy(draw(st.sampled_from(CORPUS)))
    path = draw(st.sampled_from(paths(item)))
    here: object = item
    for step in path[:-1]:
        here = here[step]  # type: ignore[index]
    action = draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "replace":
        here[path[-1]] = draw(values)  # type: ignore[index]
    elif action == "remove" or not isinstance(here, dict):
        del here[path[-1]]  # type: ignore[attr-defined]
    else:
        here[draw(names)] = draw(values)
    return item


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutants())
def test_they_agree_on_mutants(item: StixObject) -> None:
    assert care(item) is not Care.NONE or disagreement(item) == ""


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(names, values, max_size=6), st.sampled_from(sorted({str(i.get("type")) for i in CORPUS})))
def test_they_agree_on_objects_made_of_anything(item: StixObject, object_type: str) -> None:
    item["type"] = object_type
    assert care(item) is not Care.NONE or disagreement(item) == ""
