"""How fast cells become values, on one core.

    python benchmarks/values.py [--json] [--cells N]

Each kind of cell is read N times over made-up cells of its shape; the best of five rounds counts, because other
work on the machine can only slow a round down. Beside our rates: the parts that set the limit (parsing a URL,
looking up a public suffix) and ioc-fanger, if it is installed, which only refangs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

import can_ada
from publicsuffixlist import PublicSuffixList

from disarm_exchange.findings.values import read_cell, read_typed, refang

ROUNDS = 5

SHAPES: dict[str, Callable[[int], str]] = {
    "domain": lambda n: f"site-{n}.example.org",
    "domain, defanged": lambda n: f"site-{n}[.]example[.]org",
    "URL": lambda n: f"https://site{n}.example.org/2024/05/page-{n}.html",
    "URL, few hosts": lambda n: f"https://files.example.org/d/{n}/setup.rar",
    "URL, defanged": lambda n: f"hxxps://site{n}[.]example[.]org/a/{n}",
    "account": lambda n: f"https://twitter.com/user_{n}",
    "post": lambda n: f"https://www.reddit.com/user/user{n}/comments/1g{n}/some_title",
    "account, no scheme": lambda n: f"t[.]me/channel_{n}",
    "hash": lambda n: f"{n:064x}",
    "asset count": lambda n: f"{n:,} accounts",
    "audience count": lambda n: f"About {n:,} accounts followed one or more of these Pages",
    "sentence": lambda n: f"The network used fake accounts to post content in {n} groups and to manage Pages",
    "sentence with a domain": lambda n: f"Registering domains with service{n}[.]example to protect their privacy",
}


def best_rate(work: Callable[[str], object], cells: Sequence[str]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for cell in cells:
            work(cell)
        best = min(best, time.perf_counter() - start)
    return len(cells) / best


def measure(count: int) -> dict[str, float]:
    rates = {name: best_rate(read_cell, [shape(n) for n in range(count)]) for name, shape in SHAPES.items()}
    urls = [SHAPES["URL"](n) for n in range(count)]
    domains = [SHAPES["domain"](n) for n in range(count)]
    defanged = [SHAPES["URL, defanged"](n) for n in range(count)]
    rates["typed url"] = best_rate(lambda cell: read_typed(cell, "url"), urls)
    rates["typed domain_name"] = best_rate(lambda cell: read_typed(cell, "domain_name"), domains)
    rates["refang alone"] = best_rate(refang, defanged)
    rates["limit: can_ada.parse"] = best_rate(can_ada.parse, urls)
    rates["limit: public suffix"] = best_rate(PublicSuffixList().privatesuffix, domains)
    if find_spec("ioc_fanger") is not None:
        fang = import_module("ioc_fanger").fang
        rates["peer: ioc_fanger.fang"] = best_rate(fang, defanged[: max(count // 20, 1)])
    return rates


def main() -> int:
    parser = argparse.ArgumentParser(description="Cells read a second, on one core.")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--cells", type=int, default=20_000, help="cells of each shape (default: 20,000)")
    options = parser.parse_args()
    rates = measure(options.cells)
    if options.json:
        print(json.dumps({name: round(rate) for name, rate in rates.items()}))
    else:
        for name, rate in rates.items():
            print(f"{name:26}{rate:>12,.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
