"""List the generations of indices, send readers to another one, or drop one."""
import argparse
import sys
import time
from collections.abc import Sequence

from azul.errors import AzulError, ConfigurationError
from azul.indexer.generations import COMPLETE, Generations
from azul.indexer.wiring import Indexer
from azul.infra.operated import operated


def show(generations: Generations) -> None:
    served = generations.served()
    for generation in generations.read():
        print(f'{generation.number:4}  {generation.state:12} {generation.fingerprint}'
              f'{"  readers are sent here" if generation.number == served else ""}')


def swap(generations: Generations, number: int) -> None:
    generations.swap(number)
    print(f'Readers are sent to generation {number}')
    if not generations.accepts(generations.get(number)):
        print('It is frozen: it gets no updates from the code that is deployed, so what readers see gets older from '
              'now on. `make reindex` builds one that is kept up to date')


def rollback(generations: Generations) -> None:
    """To the last complete generation before the one that serves."""
    served = generations.served() or 0
    earlier = [each.number for each in generations.read() if each.state in COMPLETE and each.number < served]
    if not earlier:
        raise ConfigurationError('Rollback', [f'there is no complete generation before {served}'])
    swap(generations, max(earlier))


def drop(generations: Generations, number: int, visibility: float) -> None:
    generations.retire(number)
    lost = generations.lost()
    print(f'Nobody begins to write to generation {number}; waiting {visibility:.0f} s for those who did')
    time.sleep(visibility)
    generations.erase(number)
    generations.erase_lost(lost)
    print(f'Generation {number} is gone')


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        config = operated()
        generations = Indexer(config).generations
        match options.command:
            case 'list':
                show(generations)
            case 'swap':
                swap(generations, options.generation)
            case 'rollback':
                rollback(generations)
            case 'drop':
                drop(generations, options.generation, config.visibility)
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/generations.py', description=__doc__)
    commands = parser.add_subparsers(dest='command', required=True)
    commands.add_parser('list', help='number, state and fingerprint of each')
    commands.add_parser('rollback', help='send readers back to the generation before')
    for name, text in ('swap', 'send readers to a complete generation'), ('drop', 'delete the indices of one'):
        commands.add_parser(name, help=text).add_argument('generation', type=int)
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
