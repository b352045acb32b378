"""What production makes of bundles is what brute force makes of them: document by document, and of all together."""
import copy
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azul.index.documents import Contribution
from hca.brute_force import RawBundle
from hca.comparison import aggregated, all_differences, contributed, differences, expected_aggregates, transformed
from hca.crafted import crafted
from hca.raw import SAMPLES, generated, raw, read
from samples.generator import GeneratedBundle, large

Shared = list[tuple[RawBundle, Sequence[Contribution]]]


def first_of(differences: Iterator[str], limit: int = 10) -> list[str]:
    return [difference for difference, _ in zip(differences, range(limit), strict=False)]


@pytest.fixture(scope='module')
def samples() -> list[RawBundle]:
    return read(SAMPLES, 'expect.tsv')


@pytest.fixture(scope='module')
def references(reference_bundles: Path) -> list[RawBundle]:
    return read(reference_bundles, 'INDEX.tsv')


@pytest.fixture(scope='module')
def shared() -> Shared:
    """Generated bundles that share donors, specimens and projects, with what production makes of each."""
    raws = [bundle for bundle in generated(7, 48) if len(bundle.manifest) < 100]
    assert len(raws) > 30
    return [(bundle, transformed(bundle)) for bundle in raws]


def test_samples_are_understood_as_by_brute_force(samples: list[RawBundle]) -> None:
    assert len(samples) > 30
    assert not first_of(all_differences(samples))


def test_crafted_bundles_are_understood_as_by_brute_force() -> None:
    assert not first_of(all_differences(crafted()))


def test_real_bundles_are_understood_as_by_brute_force(references: list[RawBundle]) -> None:
    assert len(references) > 50
    assert not first_of(all_differences(references))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10 ** 6))
def test_generated_bundles_are_understood_as_by_brute_force(seed: int) -> None:
    assert not first_of(all_differences(generated(seed, 12)))


@pytest.mark.parametrize('made', [lambda: large(files=300), lambda: large(suspensions=400)], ids=['images', 'plate'])
def test_extreme_bundles_are_understood_as_by_brute_force(made: Callable[[], GeneratedBundle]) -> None:
    assert not first_of(all_differences([raw(made())]))


def aggregate_differences(live: Shared) -> list[str]:
    contributions = [contribution for _, of_bundle in live for contribution in of_bundle]
    return first_of(differences(expected_aggregates([bundle for bundle, _ in live]), aggregated(contributions)))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_aggregates_of_bundles_that_share_entities_are_those_by_brute_force(shared: Shared,
                                                                            data: st.DataObject) -> None:
    live = data.draw(st.lists(st.sampled_from(range(len(shared))), unique=True, max_size=12))
    assert not aggregate_differences([shared[number] for number in live])


def test_bundles_of_the_property_above_do_share_entities(shared: Shared) -> None:
    numbers = Counter(type_of_inner for type_of_inner, ids in _bundles_by_id(shared).items()
                      for bundles_of_id in ids.values() if len(bundles_of_id) > 1)
    assert min(numbers[inner_type] for inner_type in ('donors', 'specimens', 'projects', 'protocols')) > 2


def _bundles_by_id(shared: Shared) -> dict[str, dict[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for bundle, contributions in shared:
        for contents in contributed(contributions)['projects'].values():
            for inner_type, entities in contents.items():
                for entity in entities:
                    found[inner_type][entity['document_id']].add(bundle.uuid)
    return found


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_of_two_copies_and_of_two_versions_the_one_that_counts_is_that_of_brute_force(shared: Shared,
                                                                                      data: st.DataObject) -> None:
    """Half of the bundles say something else of what they share. Versions are drawn from so few that many are equal,
    and uuids, too, so that some bundles are versions of one."""
    versions = st.sampled_from([f'20{year}-01-01T000000.000000Z' for year in (18, 19, 20)])
    live = {}
    for number in data.draw(st.lists(st.sampled_from(range(len(shared))), unique=True, min_size=2, max_size=8)):
        bundle, _ = shared[number]
        if data.draw(st.booleans()):
            bundle = revised(bundle, number)
        uuid = data.draw(st.sampled_from([bundle.uuid, shared[0][0].uuid]))
        bundle = replace(bundle, uuid=uuid, version=data.draw(versions))
        live[bundle.uuid, bundle.version] = bundle, transformed(bundle)
    assert not aggregate_differences(list(live.values()))


def revised(bundle: RawBundle, number: int) -> RawBundle:
    """The same bundle with other values in places: nothing that says what is linked to what changes."""
    chance = random.Random(number)

    def revise(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: revise(member, key) for key, member in value.items()}
        if isinstance(value, list):
            return [revise(member, name) for member in value]
        if name in REVISED and chance.random() < .5:
            return chance.choice(REVISED[name])
        return value

    metadata = copy.deepcopy(bundle.metadata)
    return replace(bundle, metadata={
        name: document if name == 'links.json' else revise(document, '') for name, document in metadata.items()})


REVISED: dict[str, list[Any]] = {
    'text': [None, 'something else', 'another thing'],
    'ontology_label': [None, 'something else', ''],
    'organism_age': ['7', '2-5', '-5', '40-', 'old', ''],
    'estimated_cell_count': [None, 1, 10 ** 6],
    'total_estimated_cells': [None, 1, 10 ** 6],
    'biomaterial_id': ['renamed', ''],
    'sex': [None, 'unknown'],
    'paired_end': [None, True, False],
    'format': ['bam', None],
    'project_title': ['Renamed'],
    'protocol_id': ['other', None],
}
