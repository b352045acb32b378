"""What happens to a few bundles that share entities, and what the indices are to hold in the end."""
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Literal, NamedTuple
from uuid import UUID

from azul.index.aggregate import aggregate
from azul.index.bundle import JSON, Bundle, BundleFQID
from azul.indexer.messages import Notification
from azul.plugin import Plugin
from fixtures.toys import box, toy

Fate = Literal['good', 'broken', 'missing']


@dataclass(frozen=True)
class Version:
    """
    :param fate: a `broken` one cannot be transformed, a `missing` one the data store never has
    :param listed: whether the data store has it even after it was deleted
    """
    bundle: Bundle
    deleted: bool = False
    fate: Fate = 'good'
    listed: bool = False

    @property
    def lives(self) -> bool:
        return self.fate == 'good' and not self.deleted


class Event(NamedTuple):
    action: Literal['add', 'delete']
    version: Version

    @property
    def message(self) -> str:
        fqid = self.version.bundle.fqid
        return Notification.create(action=self.action, bundle_uuid=fqid.uuid, bundle_version=fqid.version).encode()

    def __str__(self) -> str:
        return f'{self.action} {self.version.bundle.fqid}'


class History:
    """
    :param tag: part of all ids, so that histories do not meet
    :param versions: with those of a bundle in order
    """

    def __init__(self, tag: str, versions: list[Version]) -> None:
        self.tag, self.versions = tag, versions

    @classmethod
    def random(cls, random: Random, tag: str) -> 'History':
        return cls(tag, [
            Version(some_bundle(uuid, number, tag, *random.sample('abcd', random.randint(1, 3)))
                    if fate != 'broken' else Bundle.create(fqid_of(uuid, number), [], {}),
                    deleted=random.random() < 0.4, fate=fate, listed=random.random() < 0.3)
            for uuid in [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(random.randint(1, 3))]
            for number in range(1, random.choice([2, 3, 3, 4]))
            for fate in random.choices(FATES, [12, 1, 1])
        ])

    def events(self, random: Random) -> list[Event]:
        """All notifications, some of them several times, in any order."""
        events = []
        for version in self.versions:
            events += [Event('add', version)] * random.choice([1, 1, 2])
            if version.deleted:
                events += [Event('delete', version)] * random.choice([1, 1, 2])
        random.shuffle(events)
        return events

    @cached_property
    def doomed(self) -> dict[str, str]:
        """By the FQID of each version that can never be added: the type of error that it is buried with."""
        errors = {'broken': 'BundleError', 'missing': 'BundleNotFound'}
        return {str(version.bundle.fqid): errors[version.fate] for version in self.versions
                if version.fate in errors and not version.deleted}

    def clean_build(self, plugin: Plugin) -> dict[str, JSON]:
        """The live aggregates by entity: of each bundle the greatest version that lives, without any engine."""
        live = {version.bundle.fqid.uuid: version.bundle for version in self.versions if version.lives}
        contributions = defaultdict(list)
        for bundle in live.values():
            for contribution in plugin.transform(bundle):
                contributions[contribution.entity].append(contribution)
        return {str(entity): aggregate(plugin.schema, entity, some).to_json(plugin.schema)
                for entity, some in contributions.items()}


FATES: tuple[Fate, ...] = ('good', 'broken', 'missing')


def fqid_of(uuid: str, number: int) -> BundleFQID:
    return BundleFQID(uuid, f'2020-01-0{number}T000000.000000Z')


def some_bundle(uuid: str, number: int, tag: str, *names: str) -> Bundle:
    """
    :param number: of the version; each says something else of the same toys
    """
    toys = [toy(f'{name}{tag}', pieces=number, pictures=[f'{name}{tag}.png']) for name in names]
    return box(fqid_of(uuid, number), *toys, id=f'box{tag}')
