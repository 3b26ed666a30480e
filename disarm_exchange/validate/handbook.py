"""The rules as text: a table, one rule in full, and the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from disarm_exchange.errors import UserError, did_you_mean
from disarm_exchange.validate.profiles import PROFILES
from disarm_exchange.validate.rule import Rule, all_rules

_FAMILIES = {
    "DX0": "The input before it is STIX at all",
    "DX1": "What the schemas refuse",
    "DX2": "STIX 2.1 beyond the schemas",
    "DX3": "References and relationships",
    "DX4": "Vocabularies",
    "DX5": "DISARM techniques",
    "DX6": "Markings",
    "DX7": "What should not be shared, or not so",
    "DX8": "What an exchangeable bundle must have",
    "DX9": "What particular consumers read",
}


def rules_table() -> str:
    """One line a rule: code, severity, title."""
    return "".join(f"{code}  {rule.severity.label:7}  {rule.title}\n" for code, rule in all_rules().items())


def rule_text(code: str) -> str:
    """One rule in full.

    Raises:
        UserError: there is none of that code.
    """
    rule = all_rules().get(code)
    if rule is None:
        raise UserError(
            f"no rule {code!r}", fix=did_you_mean(code, all_rules(), "see `disarm-exchange validate --rules`")
        )
    return "\n".join(
        (
            f"{code}: {rule.title} ({rule.severity.label})",
            "",
            f"  what      {(rule.__doc__ or '').strip()}",
            f"  why       {rule.why}",
            f"  fix       {rule.fix}",
            f"  source    {rule.source}",
            *(["  revoked   objects that were revoked are left alone"] if rule.spares_revoked else []),
            f"  profiles  {', '.join(_profiles(code, rule))}",
            "",
        )
    )


def _profiles(code: str, rule: type[Rule]) -> Iterator[str]:
    for profile in PROFILES.values():
        if profile.has(code):
            severity = profile.severities.get(code, rule.severity)
            yield profile.name if severity is rule.severity else f"{profile.name} ({severity.label})"


def rules_page() -> str:
    """The page of the documentation, in Markdown."""
    lines = [
        "# Rules of `disarm-exchange validate`",
        "",
        "Made from the rules themselves; a test keeps it so. A rule is switched on with `--select` and off with",
        "`--ignore`, by its code or by the beginning of several (`DX5`). Severities: an **error** breaks or misleads a",
        "consumer, a **warning** is for a person to look at, an **info** changes nothing.",
        "",
        "| profile | what for | rules |",
        "|---|---|---|",
    ]
    for profile in PROFILES.values():
        count = sum(1 for code in all_rules() if profile.has(code))
        lines.append(f"| `{profile.name}` | {profile.title} | {count} |")
    for prefix, title in _FAMILIES.items():
        lines += ["", f"## {prefix}xx: {title}"]
        for code, rule in all_rules().items():
            if code.startswith(prefix):
                lines += ["", *_section(code, rule)]
    return "\n".join(lines) + "\n"


def _section(code: str, rule: type[Rule]) -> list[str]:
    return [
        f"### {code}: {rule.title}",
        "",
        f"{(rule.__doc__ or '').strip()} *{rule.severity.label.capitalize()}.*",
        "",
        f"- Why: {rule.why}",
        f"- Fix: {rule.fix}",
        f"- Source: {rule.source}",
        *(["- Revoked objects are left alone."] if rule.spares_revoked else []),
        f"- Profiles: {', '.join(_profiles(code, rule))}",
    ]


def main() -> None:
    """Write the page of the documentation into a checkout: `python -m disarm_exchange.validate.handbook`."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "validation-rules.md"
    page.write_text(rules_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
