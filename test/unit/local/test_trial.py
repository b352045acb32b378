"""Each thing that a plug-in can do wrong is found, and nothing else."""
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from azul.index.accumulate import Accumulator
from azul.index.bundle import JSON, Bundle, BundleFQID
from azul.local.bundles import Bundles
from azul.local.trial import Findings, Trial
from azul.plugin import BundleError, Contribution, EntityReference, FieldType, Plugin
from azul.projects.toy import SCHEMA, TOYS, plugin, transform
from fixtures.toys import box, toy, write

UUID = 'b0b0b0b0-0000-4000-8000-000000000000'
OLD, NEW = BundleFQID(UUID, '1'), BundleFQID(UUID, '2')
OTHER = BundleFQID('c0c0c0c0-0000-4000-8000-000000000000', '1')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, box(OLD, toy('bear', colours=['brown'], pictures=['bear.png']), toy('lost')))
    write(tmp_path, box(NEW, toy('bear', colours=['brown'], pictures=['bear.png', 'bear.gif'], pieces=1)))
    write(tmp_path, box(OTHER, toy('bear', pictures=['bear.png']), toy('car', pieces=3), maker='Toymaker'))
    return tmp_path


def transformed_by(change: Callable[[Contribution], Contribution | None]) -> Plugin:
    """The toy plug-in, whose contributions a function changes, or replaces by none."""
    def changed(bundle: Bundle) -> Iterable[Contribution]:
        return filter(None, map(change, transform(bundle)))

    return replace(plugin, transform=changed)


def with_contents(**contents: Any) -> Plugin:
    return transformed_by(lambda each: replace(each, contents={**each.contents, **contents}))


def accumulated_by(accumulate: Accumulator, type: FieldType = FieldType.INTEGER) -> Plugin:
    """The toy plug-in with another accumulator for the pieces of toys."""
    fields = [replace(field, type=type, accumulate=accumulate) if field.name == 'pieces' else field
              for field in TOYS.fields]
    inner_entities = [replace(inner, fields=tuple(fields)) if inner is TOYS else inner
                      for inner in SCHEMA.inner_entities]
    return replace(plugin, schema=replace(SCHEMA, inner_entities=tuple(inner_entities)))


def faults(plugin: Plugin, folder: Path) -> list[str]:
    return list(Trial(plugin, Bundles(folder)).faults)


def test_the_toy_has_no_fault(folder: Path):
    tried = Trial(plugin, Bundles(folder))
    assert list(tried.faults) == []
    assert tried.rejected == {}
    assert tried.contributions == {'toys': 5, 'pictures': 4, 'boxes': 3}
    assert tried.aggregates == {'toys': 2, 'pictures': 2, 'boxes': 1}, 'what only the older version has is masked'
    assert tried.seconds > 0
    assert {'label', 'maker', 'colour', 'format'} <= tried.shown
    assert 'wooden' not in tried.shown
    assert len(tried.digests) == 1 + 12 + 5


def test_a_rejected_bundle_is_no_fault_and_gives_way_to_the_older_one(folder: Path):
    (folder / str(NEW) / 'metadata' / 'box.json').write_text('{"id": 7}')
    tried = Trial(plugin, Bundles(folder))
    assert [str(error) for error in tried.rejected.values()] == [
        f'bundle {NEW}, file box.json: the id is no text: 7'
    ]
    assert list(tried.faults) == []
    assert tried.aggregates['toys'] == 3


def test_an_id_that_the_engine_would_not_take_is_a_rejection_as_in_the_indexer(folder: Path):
    tried = Trial(transformed_by(lambda each: replace(each, entity=each.entity._replace(entity_id='x' * 600))),
                  Bundles(folder))
    assert len(tried.rejected) == 3
    assert not tried.contributions


def test_an_error_of_another_kind_is_a_fault_with_its_place(folder: Path):
    def broken(bundle: Bundle) -> Iterable[Contribution]:
        return [bundle.metadata['nothing']]  # type: ignore[list-item]

    found, = faults(replace(plugin, transform=broken), folder)
    assert found.startswith(f"{OLD}: transform raises KeyError: 'nothing' (test_trial.py, line ")
    assert found.endswith(' (and 2 more)')


def test_what_is_not_as_declared_is_a_fault(folder: Path):
    for changed, fault in [
        (with_contents(cars=[]), "no inner entity 'cars'"),
        (with_contents(toys=[{'document_id': 'x', 'wheels': 4}]), 'toys.wheels is not declared'),
        (with_contents(toys={'document_id': 'x'}), "'toys' is not a list of objects"),
        (with_contents(toys=[{'document_id': 'x', 'pieces': 'many'}]), "toys.pieces is not of type integer: 'many'"),
        (transformed_by(lambda each: replace(each, entity=EntityReference('cars', 'x'))), 'no such entity type'),
        (transformed_by(lambda each: replace(each, bundle=OTHER)),
         f'is contributed to by bundle {OTHER}, which is another one'),
        (transformed_by(lambda each: replace(each, entity=EntityReference('toys', 'x'))),
         'has two contributions of one bundle, of which one would overwrite the other'),
    ]:
        assert any(fault in found for found in faults(changed, folder)), fault


def test_contents_that_are_no_json_are_a_fault(folder: Path):
    found = faults(with_contents(boxes=[{'document_id': 'x', 'notes': {1, 2}}]), folder)
    assert any('cannot be stored as JSON: Type is not JSON serializable: set' in fault for fault in found)


def nested(depth: int) -> Any:
    value: Any = 'deep'
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize('depth', [300, 900, 1001])
def test_metadata_may_be_nested_deeply(folder: Path, depth: int):
    text = '{"a": ' * depth + '1' + '}' * depth
    (folder / str(OLD) / 'metadata' / 'odd.json').write_text(text)

    def careful(bundle: Bundle) -> Iterable[Contribution]:
        metadata = {name: document for name, document in bundle.metadata.items() if name != 'odd.json'}
        return transform(replace(bundle, metadata=metadata))

    tried = Trial(replace(plugin, transform=careful), Bundles(folder))
    assert (list(tried.faults), tried.rejected) == ([], {})


def test_contents_that_are_nested_too_deeply_to_be_stored_are_a_fault_of_theirs(folder: Path):
    found = faults(with_contents(boxes=[{'document_id': 'x', 'notes': nested(300)}]), folder)
    assert any('cannot be stored as JSON: Recursion limit reached' in fault for fault in found)


def test_what_is_no_contribution_is_not_said_to_be_raised_by_transform(folder: Path):
    found, = faults(replace(plugin, transform=lambda bundle: [{}]), folder)
    assert found.startswith(f"{OLD}: cannot be tried: AttributeError: 'dict' object has no attribute 'check'")


def test_a_bundle_that_cannot_be_read_is_not_said_to_be_the_fault_of_transform(folder: Path):
    manifest = folder / str(OLD) / 'manifest.json'
    bundles = Bundles(folder)
    manifest.unlink()
    manifest.mkdir()
    found, = Trial(plugin, bundles).faults
    assert found.startswith(f'{OLD}: cannot be tried: IsADirectoryError: ')


def test_a_transform_or_an_accumulator_that_exits_is_a_fault(folder: Path):
    def leaving(bundle: Bundle) -> Iterable[Contribution]:
        sys.exit(0)

    @dataclass(frozen=True)
    class Leaving:
        def __call__(self, entities: Sequence[JSON], field: str) -> int:
            sys.exit(0)

    found, = faults(replace(plugin, transform=leaving), folder)
    assert found.startswith(f'{OLD}: transform raises SystemExit: 0 ')
    found, = faults(accumulated_by(Leaving()), folder)
    assert 'aggregation raises SystemExit: 0 ' in found


def test_a_transform_that_rejects_what_it_took_is_a_fault(folder: Path):
    calls = count()

    def fickle(bundle: Bundle) -> Iterable[Contribution]:
        if next(calls) % 2:
            raise BundleError('not again')
        return transform(bundle)

    tried = Trial(replace(plugin, transform=fickle), Bundles(folder))
    assert list(tried.faults) == [f'{OLD}: transform gives something else when it is called again (and 2 more)']
    assert tried.rejected == {}


def test_a_transform_that_changes_its_bundle_is_a_fault(folder: Path):
    def greedy(bundle: Bundle) -> Iterable[Contribution]:
        for document in bundle.metadata.values():
            document.pop('colours', None)
        return transform(bundle)

    assert faults(replace(plugin, transform=greedy), folder) == [f'{OLD}: transform changes the bundle (and 1 more)']


def test_a_transform_that_remembers_is_a_fault(folder: Path):
    numbers = count()
    counting = transformed_by(lambda each: replace(each, contents={**each.contents, 'boxes': [
        {'document_id': str(next(numbers))}
    ]}))
    assert faults(counting, folder) == [
        f'{OLD}: transform gives something else when it is called again (and 2 more)'
    ]


@dataclass(frozen=True)
class Named:
    """The value of another field, which it does not own up to."""

    def __call__(self, entities: Sequence[JSON], field: str) -> int:
        return sum(len(entity.get('name') or '') for entity in entities)


@dataclass(frozen=True)
class Constant:
    value: Any

    def __call__(self, entities: Sequence[JSON], field: str) -> Any:
        return self.value


def test_an_accumulator_that_reads_what_is_not_kept_for_it_is_a_fault(folder: Path):
    assert faults(accumulated_by(Named()), folder) == [], 'the name is accumulated as well'
    fields = tuple(replace(field, accumulate=None) if field.name == 'name' else field
                   for field in accumulated_by(Named()).schema.inner_entity['toys'].fields)
    others = tuple(inner for inner in SCHEMA.inner_entities if inner is not TOYS)
    schema = replace(SCHEMA, inner_entities=(*others, replace(TOYS, fields=fields)))
    found, = faults(replace(plugin, schema=schema), folder)
    assert 'an accumulator reads fields that are not kept for it: its `key` has to name them' in found


@pytest.mark.parametrize(('value', 'fault'), [
    ('many', "'pieces' is not of type integer: 'many'"),
    (2 ** 63, "'pieces' has more than 64 bits: 9223372036854775808"),
    ({1}, 'aggregation raises TypeError: Type is not JSON serializable: set'),
    (object(), 'aggregation raises TypeError: '),
])
def test_an_aggregate_that_the_engine_would_not_take_is_a_fault(folder: Path, value: Any, fault: str):
    found, = faults(accumulated_by(Constant(value)), folder)
    assert fault in found


def test_all_that_came_about_has_a_digest_that_changes_with_it(folder: Path):
    first = Trial(plugin, Bundles(folder)).digests
    assert Trial(plugin, Bundles(folder)).digests == first
    second = Trial(accumulated_by(Constant(7)), Bundles(folder)).digests
    changed = {name for name in first if first[name] != second[name]}
    assert 'the fingerprint' in changed
    assert 'the aggregate of boxes/box' in changed
    assert f'boxes/box of bundle {OLD}' not in changed


def test_the_same_finding_is_said_once():
    findings = Findings()
    for place in range(3):
        findings.add('is wrong', place)
    findings.add('is odd', 'x')
    assert list(findings) == ['0: is wrong (and 2 more)', 'x: is odd']
    assert len(findings) == 2


def test_faults_of_one_bundle_do_not_hide_those_of_others(folder: Path):
    def picky(bundle: Bundle) -> Iterable[Contribution]:
        if bundle.fqid == OLD:
            raise BundleError('too old')
        if bundle.fqid == NEW:
            raise RuntimeError('too new')
        return [replace(each, contents={'toys': [{}]}) for each in transform(bundle)]

    tried = Trial(replace(plugin, transform=picky), Bundles(folder))
    assert list(tried.rejected) == [OLD]
    assert [fault.partition(': ')[2].partition(' (')[0] for fault in tried.faults] == [
        'transform raises RuntimeError: too new', "an entity in 'toys' lacks its key, 'document_id'"
    ]
