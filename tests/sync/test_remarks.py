"""Lists for people keep their beginning in memory and give all of it back."""

from __future__ import annotations

from disarm_exchange.sync.remarks import IN_MEMORY, Remarks


def test_a_short_list_is_like_any_other() -> None:
    found = Remarks([("a", "one")])
    found += [("b", "two")]
    assert (len(found), list(found), found[0], found[:5]) == (
        2,
        [("a", "one"), ("b", "two")],
        ("a", "one"),
        [("a", "one"), ("b", "two")],
    )
    assert not Remarks()


def test_a_long_list_comes_back_whole_also_while_it_grows() -> None:
    wanted = [(f"id-{number}", "words\nwith a break, ß and \ud800" * (number % 5)) for number in range(6 * IN_MEMORY)]
    found = Remarks(wanted)
    assert list(found) == wanted
    reading = iter(found)
    first = [next(reading) for _ in range(2 * IN_MEMORY)]
    found.append(("last", "of all"))
    assert [*first, *reading] == [*wanted, ("last", "of all")]
    assert len(found) == len(wanted) + 1


def test_only_the_beginning_is_held_in_memory() -> None:
    found = Remarks((f"id-{number}", "x" * 1000) for number in range(20 * IN_MEMORY))
    assert len(found._first) == len(found[:]) == IN_MEMORY
    assert found._rest is not None
    assert found._rest._rolled  # type: ignore[attr-defined]
