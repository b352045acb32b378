"""Look after the queues of the deployment whose environment is sourced.

QUEUE is its full name, or short: notifications, notifications-failed, tallies, tallies-failed, jobs, jobs-failed.
To look at a message counts as an attempt at it, which matters where attempts are counted: not in the -failed queues.
While the indexer runs it goes on taking messages and adding new ones; disabling its event sources is not built yet.
"""
import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from azul.aws import clients, queue_files
from azul.aws.sqs import Queue, purge
from azul.config import Config
from azul.errors import AzulError, ConfigurationError
from azul.naming import QUEUES


def connect(config: Config) -> Mapping[str, Queue]:
    """All of the deployment's queues, by their short names."""
    client, naming = clients.sqs(config), config.naming
    return {f'{queue}-failed' if failed else queue: Queue(client, naming.queue(queue, failed))
            for queue in QUEUES for failed in (False, True)}


def find(queues: Mapping[str, Queue], name: str) -> Queue:
    for short, queue in queues.items():
        if name in (short, queue.name):
            return queue
    raise ConfigurationError(f'Queue {name}', [f'is none of {", ".join(queues)}'])


def show(queues: Mapping[str, Queue]) -> None:
    width = max(len(queue.name) for queue in queues.values())
    print(f'{"Queue Name":{width}}  {"Messages Available":>18}  {"Messages in Flight":>18}  {"Messages Delayed":>18}')
    for queue in queues.values():
        counts = queue.counts()
        print(f'{queue.name:{width}}  {counts.queued:18}  {counts.invisible:18}  {counts.delayed:18}')


def save(queue: Queue, path: Path, options: argparse.Namespace) -> None:
    number = queue_files.save(queue, path, remove=options.delete, as_json=not options.no_json_body)
    counts = queue.counts()
    others = counts.delayed + (counts.invisible if options.delete else 0)
    print(f'{number} messages of {queue.name} are in {path}'
          + (f'; {others} could not be had, they are delayed or being worked on' if others else ''))


def empty(queues: Sequence[Queue]) -> None:
    purge(queues)
    print(f'{len(queues)} queues are empty' if len(queues) > 1 else f'{queues[0].name} is empty')


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        queues = connect(Config.load())
        match options.command:
            case 'list':
                show(queues)
            case 'dump':
                save(find(queues, options.queue), options.path, options)
            case 'dump_all':
                for queue in queues.values():
                    save(queue, Path(f'{queue.name}.json'), options)
            case 'feed':
                queue = find(queues, options.queue)
                number = queue_files.feed(options.path, queue, force=options.force, remove=options.delete)
                print(f'{number} messages were sent to {queue.name}')
            case 'purge':
                empty([find(queues, options.queue)])
            case 'purge_all':
                empty(list(queues.values()))
    except (AzulError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/manage_queues.py', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('list', help='how many messages there are')
    one = commands.add_parser('dump', help='write the messages of a queue to a new file')
    one.add_argument('queue', metavar='QUEUE')
    one.add_argument('path', metavar='PATH', type=Path)
    everything = commands.add_parser('dump_all', help='write those of each queue to a file here, QUEUE.json')
    for command in one, everything:
        command.add_argument('-D', '--delete', action='store_true', help='remove them from the queue')
        command.add_argument('-J', '--no-json-body', action='store_true', help='show bodies as texts, not as JSON')
    feed = commands.add_parser('feed', help='send the messages of such a file to a queue')
    feed.add_argument('path', metavar='PATH', type=Path)
    feed.add_argument('queue', metavar='QUEUE')
    feed.add_argument('-F', '--force', action='store_true', help='even if they are those of another queue')
    feed.add_argument('-D', '--delete', action='store_true', help='remove the file when all are sent')
    commands.add_parser('purge', help='remove all messages of a queue, and wait until none is left'
                        ).add_argument('queue', metavar='QUEUE')
    commands.add_parser('purge_all', help='remove all messages of all queues, and wait until none is left')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
