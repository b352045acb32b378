"""Delete bundles from the indices, as if the data store had said that it deleted them.

It is for deletions that were lost, in a queue that was purged for instance. The deployment is the one whose environment
is sourced. There is no way back: what is known to be deleted is not added again, not even by a reindex.
"""
import argparse
import sys
from collections.abc import Sequence

from azul.aws import clients
from azul.aws.sqs import Queue
from azul.errors import AzulError
from azul.index.bundle import BundleFQID
from azul.indexer.messages import Notification
from azul.infra.operated import operated


def fqid(text: str) -> BundleFQID:
    bundle = BundleFQID.parse(text)
    return BundleFQID(bundle.uuid.lower(), bundle.version)


def confirmed(bundles: Sequence[BundleFQID], stage: str) -> bool:
    print(*bundles, sep='\n')
    try:
        return input('The name of the deployment stage, to have these deleted for good: ').strip() == stage
    except EOFError:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        config = operated(engine=False)
        if not options.yes and not confirmed(options.bundles, config.stage):
            print('Nothing was deleted')
            return 1
        queue = Queue(clients.sqs(config), config.naming.queue('notifications'))
        queue.send(Notification.create(action='delete', bundle_uuid=bundle.uuid, bundle_version=bundle.version).encode()
                   for bundle in options.bundles)
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    print(f'{len(options.bundles)} deletions are in {queue.name}')
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/delete_bundle.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('bundles', nargs='+', type=fqid, metavar='UUID.VERSION')
    parser.add_argument('--yes', action='store_true', help='do not ask')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
