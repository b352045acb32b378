"""Look after the queues of the deployment whose environment is sourced.

QUEUE is its full name, or short: notifications, notifications-failed, tallies, tallies-failed, jobs, jobs-failed.
To look at a message counts as an attempt at it, which matters where attempts are counted: not in the -failed queues.
While queues are purged, the functions that take messages from them or add some are out of service, and back afterwards.
"""
import argparse
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from azul.aws import clients, queue_files
from azul.aws.sqs import Queue, purge
from azul.config import Config
from azul.errors import AzulError, ConfigurationError, QueueError, brief
from azul.indexer.triage import SOURCES, Group, Triage
from azul.indexer.wiring import Indexer
from azul.infra.operated import operated
from azul.infra.stoppage import without_functions
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


def show(queues: Mapping[str, Queue]) -> int:
    """
    :return: exit status, 1 if a queue does not tell
    """
    status = 0
    width = max(len(queue.name) for queue in queues.values())
    print(f'{"Queue Name":{width}}  {"Messages Available":>18}  {"Messages in Flight":>18}  {"Messages Delayed":>18}')
    # All at once: if nobody answers, it takes seconds to find that out.
    with ThreadPoolExecutor(len(queues)) as pool:
        asked = [(queue, pool.submit(queue.counts)) for queue in queues.values()]
    for queue, answer in asked:
        try:
            counts = answer.result()
        except QueueError as error:
            # The others are all the more of interest.
            print(f'{queue.name:{width}}  {error}')
            status = 1
        else:
            print(f'{queue.name:{width}}  {counts.queued:18}  {counts.invisible:18}  {counts.delayed:18}')
    return status


def save(queue: Queue, path: Path, options: argparse.Namespace) -> None:
    number = queue_files.save(queue, path, remove=options.delete, as_json=not options.no_json_body)
    counts = queue.counts()
    others = counts.delayed + (counts.invisible if options.delete else 0)
    print(f'{number} messages of {queue.name} are in {path}'
          + (f'; {others} could not be had, they are delayed or being worked on' if others else ''))


def save_all(queues: Collection[Queue], options: argparse.Namespace) -> None:
    paths = {queue.name: Path(f'{queue.name}.json') for queue in queues}
    # Before anything is removed from one queue, lest half of them are in files.
    if faults := [f'{path} exists already' for path in paths.values() if path.exists()]:
        raise ConfigurationError('Files', faults)
    for queue in queues:
        save(queue, paths[queue.name], options)


def empty(config: Config, queues: Sequence[Queue]) -> None:
    concerned = [queue for queue in QUEUES if config.naming.queue(queue) in {each.name for each in queues}]
    with without_functions(config, concerned):
        purge(queues)
    print(f'{len(queues)} queues are empty' if len(queues) > 1 else f'{queues[0].name} is empty')


def treat(triage: Triage, options: argparse.Namespace) -> int:
    """Do with dead letters what is asked for; just show them if it is nothing."""
    with triage.groups([options.source] if options.source else SOURCES) as groups:
        if options.run:
            return try_one(triage, choose(groups, [options.run])[0])
        chosen = choose(groups, options.group) if options.group else groups
        for group in chosen:
            describe(group)
            if options.replay:
                print(f'        {triage.replay(group)} messages were put back')
            elif options.drop:
                print(f'        {triage.drop(group)} letters were dropped')
    if not groups:
        print('There are no dead letters')
    return 0


def choose(groups: Sequence[Group], ids: Sequence[str]) -> list[Group]:
    known = {group.id: group for group in groups}
    if unknown := [id_ for id_ in ids if id_ not in known]:
        raise ConfigurationError('Groups', [f'there is no {id_} among {", ".join(known) or "none"}' for id_ in unknown])
    return [known[id_] for id_ in ids]


def describe(group: Group) -> None:
    first, last = group.letters[0], group.letters[-1]
    print(f'{group.id}  {len(group.letters)} of the {group.source}: {group.type}')
    if group.half_done:
        print('        In the ledger all is well, but the tallies of these may not have been sent: replay them')
    if group.text:
        print(f'        {plain(group.text)}')
    for word, letter in [('first', first), ('last', last)][:len(group.letters)]:
        print(f'        {word:5} {letter.time}  {plain(letter.subject)}')
    print(f'        for example: {plain(first.cause[1]) or brief(first.body)}')


def plain(text: str) -> str:
    """A text of whatever origin as it can be shown: it might tell the terminal what to do."""
    return ''.join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def try_one(triage: Triage, group: Group) -> int:
    letter = group.letters[0]
    print(f'Trying {plain(letter.subject or brief(letter.body))}')
    try:
        triage.run(letter)
    except Exception:  # noqa: BLE001 whatever it is, it is what is asked for
        traceback.print_exc()
        return 1
    print('It succeeds now. The letter is still there: replay the group')
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        config = operated(engine=False)
        queues = connect(config)
        match options.command:
            case 'list':
                return show(queues)
            case 'dump':
                save(find(queues, options.queue), options.path, options)
            case 'dump_all':
                save_all(queues.values(), options)
            case 'feed':
                queue = find(queues, options.queue)
                number = queue_files.feed(options.path, queue, force=options.force, remove=options.delete)
                print(f'{number} messages were sent to {queue.name}')
            case 'purge':
                empty(config, [find(queues, options.queue)])
            case 'purge_all':
                empty(config, list(queues.values()))
            case 'triage':
                return treat(Indexer(config).triage, options)
    except (AzulError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('Interrupted', file=sys.stderr)
        return 130
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
    triage = commands.add_parser('triage', help='group dead letters by their cause, and treat them',
                                 description='Group dead letters by their cause. GROUP is the first word of one.')
    triage.add_argument('source', nargs='?', choices=SOURCES, help='those of one queue only')
    chosen = triage.add_mutually_exclusive_group()
    chosen.add_argument('--group', nargs='+', metavar='GROUP', help='these groups only')
    chosen.add_argument('--all', action='store_true', help='confirms that all groups are to be replayed')
    what = triage.add_mutually_exclusive_group()
    what.add_argument('--replay', action='store_true', help='put the messages back into the queue that they came from')
    what.add_argument('--drop', action='store_true', help='remove letters that are no messages of ours, for good')
    what.add_argument('--run', metavar='GROUP', help='do here what one message of a group says, and see how it fails')
    options = parser.parse_args(arguments)
    if options.command == 'triage':
        if options.replay and not (options.group or options.all):
            triage.error('--replay needs --group or --all')
        if options.drop and not options.group:
            triage.error('--drop needs --group')
    return options


if __name__ == '__main__':
    sys.exit(main())
