import gc
from dataclasses import replace

import pytest

from azul.errors import BundleError
from azul.index.bundle import BundleFQID
from azul.index.documents import Contribution, EntityReference
from azul.indexer.contribute import transform
from azul.projects.toy import plugin
from fixtures.toys import box, new_uuid, toy

BOX = box(BundleFQID(new_uuid(), '1'), toy('bear'))


def test_a_bundle_is_transformed_without_looking_for_garbage_on_the_way():
    seen = []

    def watched(bundle):
        for contribution in plugin.transform(bundle):
            seen.append(gc.isenabled())
            yield contribution

    assert transform(replace(plugin, transform=watched), BOX) == list(plugin.transform(BOX))
    assert seen
    assert not any(seen)
    assert gc.isenabled()


def test_garbage_is_looked_for_again_after_a_bundle_is_rejected():
    def rejecting(bundle):
        raise BundleError('bad')

    with pytest.raises(BundleError):
        transform(replace(plugin, transform=rejecting), BOX)
    assert gc.isenabled()


def test_contributions_that_the_engine_would_not_take_reject_their_bundle():
    def careless(bundle):
        yield from plugin.transform(bundle)
        yield Contribution(EntityReference('toys', ''), bundle.fqid, {})

    with pytest.raises(BundleError, match='whose id is empty'):
        transform(replace(plugin, transform=careless), BOX)
