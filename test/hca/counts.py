"""Counts of documents and of inner entities, to be compared with those that people made by reading metadata."""
import csv
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from azul.index.documents import Contribution

REFERENCES = Path(__file__).with_name('counts.tsv')
SAMPLES = Path(__file__).with_name('sample_counts.tsv')

ENTITY_TYPES = ('files', 'samples', 'cell_suspensions', 'projects', 'bundles')
INNER = ('donors', 'specimens', 'cell_lines', 'organoids', 'protocols')


def by_hand(table: Path) -> dict[str, dict[str, int]]:
    """What the table says of each bundle, by its FQID."""
    with table.open(newline='') as lines:
        rows = list(csv.DictReader(lines, delimiter='\t'))
    counts = {row['bundle']: {name: int(row[name]) for name in (*ENTITY_TYPES, *INNER)} for row in rows}
    assert len(counts) == len(rows), f'{table.name} has a bundle twice'
    return counts


def of(contributions: Collection[Contribution]) -> dict[str, int]:
    """The number of contributions to each type of entity, and that of inner entities in the one to the project."""
    documents = Counter(each.entity.entity_type for each in contributions)
    project, = (each.contents for each in contributions if each.entity.entity_type == 'projects')
    return {name: documents[name] for name in ENTITY_TYPES} | {name: len(project[name]) for name in INNER}
