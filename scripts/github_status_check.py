"""Tell GitHub how GitLab gets on with a commit, so that a pull request shows it.

Without a token, in `azul_github_access_token`, GitHub is left alone.
"""
import argparse
import sys
from collections.abc import Sequence

import requests

from azul.deployment import Deployment
from azul.errors import AzulError

CONTEXT = 'gitlab'
"""Which of a commit's statuses is meant."""

STATES = {'pending': 'The pipeline is running', 'success': 'The pipeline has succeeded',
          'failure': 'The pipeline has failed'}

TIMEOUT = 30


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        deployment = Deployment.load()
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    if not deployment.github_access_token:
        print(f'GitHub is not told that {options.commit} is {options.state}: azul_github_access_token is not set')
        return 0
    url = f'{options.api}/repos/{deployment.github_project}/statuses/{options.commit}'
    status = {'state': options.state, 'context': CONTEXT, 'description': STATES[options.state],
              'target_url': options.pipeline}
    headers = {'Authorization': f'Bearer {deployment.github_access_token}', 'Accept': 'application/vnd.github+json'}
    try:
        answer = requests.post(url, json=status, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        # Without its text, which is long
        print(f'{url} cannot be reached: {type(error).__name__}', file=sys.stderr)
        return 1
    if answer.status_code != requests.codes.created:
        print(f'{url}: status {answer.status_code}. Does GitHub have the commit, and may the token set statuses?',
              file=sys.stderr)
        return 1
    print(f'GitHub is told that {options.commit} is {options.state}')
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='scripts/github_status_check.py', description=__doc__)
    parser.add_argument('state', choices=STATES)
    parser.add_argument('--commit', required=True, metavar='HASH', help='that GitHub has, too')
    parser.add_argument('--pipeline', required=True, metavar='URL', help='where to look for more')
    parser.add_argument('--api', default='https://api.github.com', metavar='URL', help='of GitHub (%(default)s)')
    return parser.parse_args(arguments)


if __name__ == '__main__':
    sys.exit(main())
