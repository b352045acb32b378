"""That the copies which are made for benchmarks have what belongs together."""
from azul.projects.hca import plugin
from benchmark.corpus import Corpus
from hca.raw import SAMPLES


def test_what_is_stored_of_a_bundle_is_copied_with_its_files():
    corpus = Corpus.of(SAMPLES, plugin, {'files', 'metadata'})
    bundles: dict[str, set[str]] = {'files': set(), 'metadata': set()}
    for document in corpus.documents(1000, 1):
        assert document.source['entity_id'] == document.entity_id
        bundles[document.entity_type] |= {bundle['uuid'] for bundle in document.source['bundles']}
    assert len(bundles['metadata']) > 100
    # … but for the last one, of which not all files are wanted
    assert len(bundles['metadata'] - bundles['files']) <= 5
