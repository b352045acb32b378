"""However notifications are ordered and repeated, the aggregates are those of a clean build."""
from collections import defaultdict
from dataclasses import dataclass
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from azul.index.aggregate import aggregate
from azul.index.bundle import JSON, Bundle, BundleFQID
from fixtures.toys import box, new_uuid, toy, unique


@dataclass(frozen=True)
class History:
    """
    :param versions: for each bundle, for each of its versions from the oldest on, its toys and whether it gets deleted
    """
    versions: list[list[tuple[frozenset[str], bool]]]
    order: Random

    def bundles(self, tag: str) -> list[tuple[Bundle, bool]]:
        """
        :param tag: part of all ids of entities, so that histories do not meet
        :return: with whether they get deleted
        """
        bundles = []
        for versions in self.versions:
            uuid = new_uuid()
            for number, (names, deleted) in enumerate(versions, start=1):
                toys = [toy(f'{name}{tag}', pieces=number, pictures=[f'{name}{tag}.png']) for name in sorted(names)]
                fqid = BundleFQID(uuid, f'2020-01-0{number}T000000.000000Z')
                bundles.append((box(fqid, *toys, id=f'box{tag}'), deleted))
        return bundles


histories = st.builds(History,
                      st.lists(st.lists(st.tuples(st.frozensets(st.sampled_from('abcd'), min_size=1), st.booleans()),
                                        min_size=1, max_size=3), min_size=1, max_size=3),
                      st.randoms())


def clean_build(system, bundles: list[tuple[Bundle, bool]]) -> dict[str, JSON]:
    """The aggregates of what is added and not deleted, of each bundle the greatest version, without any engine."""
    live = {bundle.fqid.uuid: bundle for bundle, deleted in bundles if not deleted}  # the last of a uuid wins
    contributions = defaultdict(list)
    for bundle in live.values():
        for contribution in system.indexer.plugin.transform(bundle):
            contributions[contribution.entity].append(contribution)
    schema = system.indexer.plugin.schema
    return {str(entity): aggregate(schema, entity, some).to_json(schema) for entity, some in contributions.items()}


@given(histories)
# Not shrunk, which would take as many minutes as histories.
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_any_history_converges(shared_system, history: History):
    system, tag = shared_system, unique('-')
    bundles = history.bundles(tag)
    messages = []
    for bundle, deleted in bundles:
        system.store.put(bundle)
        messages += [('add', bundle.fqid)] * history.order.randint(1, 2)
        if deleted:
            messages += [('delete', bundle.fqid)] * history.order.randint(1, 2)
    history.order.shuffle(messages)
    for action, fqid in messages:
        if action == 'delete':
            system.store.bundles.pop(fqid, None)
        system.notify(action, fqid)
        if history.order.random() < 0.3:
            system.drain()
    system.drain()
    found = {key: source for key, source in system.aggregates().items() if tag in repr(source)}
    assert found == clean_build(system, bundles)
