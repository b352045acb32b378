"""Explain why an entity, or a bundle, is in the indices the way it is. Nothing is changed.

The deployment is the one whose environment is sourced.
"""
import argparse
import json
import sys
from collections.abc import Sequence

from azul.errors import AzulError
from azul.index.bundle import JSON
from azul.index.documents import EntityReference
from azul.indexer.wiring import Indexer
from azul.infra.operated import operated


def tell_entity(generation: JSON) -> None:
    counts = ', '.join(f'{number} {standing}' for standing, number in generation['counts'].items()) or 'none'
    print(f'  Contributions: {counts}')
    for contribution in generation['contributions']:
        print(f'    {contribution["bundle_uuid"]}.{contribution["bundle_version"]}  {standing(contribution)}')
    aggregate = generation['aggregate']
    differing = aggregate['differs_in']
    print('  Aggregate: '
          + ('none' if not aggregate['exists'] else f'of {aggregate["bundle_count"]} bundles' if aggregate['live'] else
             'empty, readers do not see it')
          + ('' if differing is None else
             f', differs from what it ought to be in {", ".join(differing)}' if differing else ', as it ought to be'))
    for sentence in generation['left_out']:
        print(f'  Left out: {sentence}')


def tell_bundle(generation: JSON) -> None:
    for version in generation['versions']:
        found = ', '.join(f'{number} {entity_type}' for entity_type, number in version['found'].items()) or 'none'
        print(f'  {version["bundle_version"]}  {standing(version)}')
        print(f'    Contributions: {version["contributions"]} by the ledger; found: {found}')
        for entity in version['entities']:
            print(f'      {entity}')


def standing(explained: JSON) -> str:
    more = f' by {explained["by"]}' if 'by' in explained else f': {explained["cause"]}' if 'cause' in explained else ''
    return f'{explained["standing"]}{more}'


def tell(explanation: JSON) -> None:
    for generation in explanation['generations']:
        print(f'Generation {generation["generation"]}, {generation["state"]}'
              + (', readers are sent here' if generation['served'] else ''))
        (tell_entity if 'counts' in generation else tell_bundle)(generation)
    pending = explanation['pending']
    print(f'In the queues, about whatever: {pending["notifications"]} notifications, {pending["tallies"]} tallies')
    differing = any(generation.get('aggregate', {}).get('differs_in') for generation in explanation['generations'])
    if differing and not any(pending.values()):
        print('Nothing is on its way that would mend the aggregate: see scripts/manage_queues.py triage')


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        explain = Indexer(operated()).explain
        subject = options.subject
        # Ids of entities are a plug-in's, those of bundles are uuids.
        explanation = (explain.bundle(subject[0].lower()) if len(subject) == 1 else
                       explain.entity(EntityReference(*subject)))
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(explanation, indent=2))
    else:
        tell(explanation)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/explain.py', description=__doc__,
                                     usage='%(prog)s [-h] [--json] (ENTITY_TYPE ENTITY_ID | BUNDLE_UUID)')
    parser.add_argument('subject', nargs='+', metavar='ENTITY_TYPE ENTITY_ID | BUNDLE_UUID')
    parser.add_argument('--json', action='store_true', help='the explanation as JSON, as GET /explain/… has it')
    options = parser.parse_args(arguments)
    if len(options.subject) > 2:
        parser.error('give the type and the id of an entity, or the uuid of a bundle')
    return options


if __name__ == '__main__':
    sys.exit(main())
