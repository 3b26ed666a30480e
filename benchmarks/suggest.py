"""How well `mapping suggest` finds the technique of a label that it has not seen.

    python benchmarks/suggest.py [--json]

Leave-one-out over the labels of the reviewed rules that call something: the label with its variants is taken away, its
text is asked for, and the rank of the first technique that its rule calls counts. Beside it: random order, and plain
overlap of tokens with the same knowledge (names of techniques, labels of the other rules). Columns of wide sheets and
retired ids carry names of techniques and are easy; they are shown apart and do not count for the aim.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from disarm_exchange.disarm.labels import bare_label
from disarm_exchange.disarm.mapping import Mapping, load_mapping
from disarm_exchange.disarm.suggest import Suggester

EASY = ("disinfox", "disarm-retired")
Ranker = Callable[[str, str], list[str]]


@dataclass(frozen=True, slots=True)
class Result:
    labels: int
    top1: float
    top5: float
    mrr: float


def truth_of(mapping: Mapping) -> dict[str, set[str]]:
    verdicts = {label_id: mapping.match_label(label_id) for label_id in mapping.all_labels()}
    return {key: {call.technique_id for call in verdict.calls} for key, verdict in verdicts.items() if verdict.calls}


def measure(mapping: Mapping, keys: list[str], rank: Ranker) -> Result:
    truth, labels = truth_of(mapping), mapping.labels()
    first = within = reciprocal = 0.0
    for key in keys:
        ranked = rank(key, bare_label(labels[key]))
        place = next((number for number, technique in enumerate(ranked, start=1) if technique in truth[key]), None)
        first += place == 1
        within += place is not None and place <= 5
        reciprocal += 1 / place if place else 0.0
    count = len(keys)
    return Result(count, first / count, within / count, reciprocal / count)


def rankers(mapping: Mapping) -> dict[str, Ranker]:
    suggester, truth = Suggester(mapping), truth_of(mapping)
    techniques = mapping.catalogue.techniques()
    names = {technique.id: tokens(technique.name) for technique in techniques}
    labels = {key: [tokens(bare_label(text)) for text in texts] for key, texts in mapping.all_labels().items()}
    everything = len(techniques)

    def ours(key: str, text: str) -> list[str]:
        found = suggester.suggest(text, limit=everything, without=frozenset([key]))
        return [item.technique_id for item in found]

    def overlap(key: str, text: str) -> list[str]:
        asked = tokens(text)
        score = {technique: jaccard(asked, name) for technique, name in names.items()}
        for other, variants in labels.items():
            if other != key and other in truth:
                likeness = max(jaccard(asked, variant) for variant in variants)
                for technique in truth[other]:
                    score[technique] = max(score[technique], likeness)
        return sorted(names, key=lambda technique: (-score[technique], technique))

    def at_random(key: str, _: str) -> list[str]:
        order = sorted(names)
        random.Random(key).shuffle(order)
        return order

    return {"mapping suggest": ours, "token overlap": overlap, "random": at_random}


def tokens(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def run() -> dict[str, dict[str, Result]]:
    mapping = load_mapping()
    keys = sorted(truth_of(mapping))
    easy = [key for key in keys if key.split(".")[0] in EASY]
    groups = {"labels in words": [key for key in keys if key not in easy], "labels with DISARM names": easy}
    return {
        group: {name: measure(mapping, members, rank) for name, rank in rankers(mapping).items()}
        for group, members in groups.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", dest="as_json")
    as_json = parser.parse_args().as_json
    results = run()
    if as_json:
        plain = {
            group: {
                name: {"labels": r.labels, "top1": r.top1, "top5": r.top5, "mrr": r.mrr} for name, r in rows.items()
            }
            for group, rows in results.items()
        }
        print(json.dumps(plain, indent=2))
        return
    for group, rows in results.items():
        count = next(iter(rows.values())).labels
        print(f"{group} ({count}), leave-one-out")
        print(f"  {'':18}{'top 1':>8}{'top 5':>8}{'MRR':>8}")
        for name, result in rows.items():
            print(f"  {name:18}{result.top1:8.1%}{result.top5:8.1%}{result.mrr:8.3f}")


if __name__ == "__main__":
    main()
