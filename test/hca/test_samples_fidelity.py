"""The samples have the shape of the reference bundles: the same properties and entries in the same eras."""
import logging
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from hca.shapes import Entry, Shape, read

logger = logging.getLogger(__name__)

SAMPLES = Path(__file__).resolve().parents[2] / 'samples' / 'bundles'

Key = tuple[str, ...]
Shapes = tuple[list[Shape], list[Entry]]

# No reference has what an imaging protocol says of its targets. These properties are known from the schema itself.
KNOWN_FROM_THE_SCHEMA = {('imaging_protocol', path) for path in (
    'target', 'target.molecule_name', 'target.multiplexed', 'target.channel_id', 'target.assay_type',
    'target.assay_type.text', 'target.assay_type.ontology', 'target.assay_type.ontology_label')}


@pytest.fixture(scope='module')
def samples() -> Shapes:
    return read(SAMPLES)


@pytest.fixture(scope='module')
def references(reference_bundles: Path) -> Shapes:
    return read(reference_bundles)


def by_era(shape: Shape) -> Key:
    return shape.schema, shape.era


def by_major_version(shape: Shape) -> Key:
    # What v5 wraps has its properties below `content`, so it does not compare with the same version elsewhere.
    return shape.schema, shape.era if shape.era in ('v5', 'older') else 'separate', shape.version.partition('.')[0]


def grouped(shapes: list[Shape], key: Callable[[Shape], Key]) -> dict[Key, list[Shape]]:
    groups = defaultdict(list)
    for shape in shapes:
        groups[key(shape)].append(shape)
    return groups


@pytest.mark.parametrize('key', [by_era, by_major_version])
def test_samples_have_no_property_that_no_reference_has_and_no_value_of_another_kind(
        samples: Shapes, references: Shapes, key: Callable[[Shape], Key]) -> None:
    known = {group: frozenset[tuple[str, str]]().union(*(shape.kinds for shape in shapes))
             for group, shapes in grouped(references[0], key).items()}
    unknown = {(*group, path, kind)
               for group, shapes in grouped(samples[0], key).items() for shape in shapes
               for path, kind in shape.kinds - known.get(group, frozenset())
               if (shape.schema, path) not in KNOWN_FROM_THE_SCHEMA}
    assert unknown == set()


def test_samples_have_the_schema_versions_of_references(samples: Shapes, references: Shapes) -> None:
    known = {(shape.era, shape.schema, shape.version) for shape in references[0]}
    assert {(shape.era, shape.schema, shape.version) for shape in samples[0]} - known == set()


def test_what_all_references_have_all_samples_have(samples: Shapes, references: Shapes) -> None:
    always = {group: frozenset.intersection(*(shape.paths for shape in shapes))
              for group, shapes in grouped(references[0], by_era).items()}
    lacking = {(*by_era(shape), path) for shape in samples[0] for path in always[by_era(shape)] - shape.paths}
    assert lacking == set()


@pytest.mark.parametrize('era', ['v5', 'vx', 'dcp2'])
def test_samples_cover_what_several_references_have(samples: Shapes, references: Shapes, era: str) -> None:
    bundles = defaultdict(set)
    for shape in references[0]:
        for path in shape.paths:
            bundles[*by_era(shape), path].add(shape.bundle)
    common = {path for path, names in bundles.items() if len(names) >= 3 and path[1] == era}
    covered = {(*by_era(shape), path) for shape in samples[0] for path in shape.paths} & common
    share = len(covered) / len(common)
    logger.info('%s: the samples have %i of %i properties (%.1f%%)', era, len(covered), len(common), 100 * share)
    assert share > .9, sorted(common - covered)


def test_samples_have_documents_of_every_schema_in_every_era(samples: Shapes, references: Shapes) -> None:
    # Bundles older than v5 are rejected whatever they have.
    wanted = {by_era(shape) for shape in references[0] if shape.era != 'older'}
    assert wanted - {by_era(shape) for shape in samples[0]} == set()


def test_entries_of_manifests_have_the_names_that_references_have(samples: Shapes, references: Shapes) -> None:
    assert set(samples[1]) - set(references[1]) == set()
