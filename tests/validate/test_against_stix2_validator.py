from __future__ import annotations

from tests.validate.differences import PAGE, differences, page


def test_every_difference_from_stix2_validator_has_its_reason() -> None:
    count, found = differences()
    assert count >= 500
    assert [difference.name for difference in found if difference.reason is None] == []


def test_the_table_of_differences_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make it again: python -m tests.validate.differences"
