"""Check that the branch that is checked out may be deployed to the deployment whose environment is sourced.

Exit status: 0 if so, 1 if not.
"""
import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# CI asks for the deployment of a branch before it can source anything.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'src'))

from azul.deployment import MAIN_STAGES
from azul.errors import AzulError
from azul.infra.branch import Checkout, misplacements


def checked_out() -> str | None:
    """The branch; None if it is a commit only."""
    git = subprocess.run(['git', 'symbolic-ref', '--quiet', '--short', 'HEAD'], cwd=Path(__file__).parent, text=True,
                         capture_output=True, check=False)
    if git.returncode not in (0, 1):
        raise SystemExit(f'There is no telling the branch: {git.stderr.strip()}')
    return git.stdout.strip() or None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='scripts/check_branch.py', description=__doc__, allow_abbrev=False)
    what = parser.add_mutually_exclusive_group()
    what.add_argument('-P', '--print', action='store_true',
                      help='only print the deployment that the branch is for; status 1 if it is for none in particular')
    what.add_argument('--personal', action='store_true',
                      help='whatever the branch, check that the deployment is not one of the main ones')
    options = parser.parse_args(arguments)
    try:
        checkout = Checkout.load()
    except AzulError as error:
        print(error, file=sys.stderr)
        return 1
    # Against a stand-in, a copy without a repository will do.
    branch = checkout.branch or (checked_out() if options.print or checkout.on_account else None)
    if options.print:
        stage = MAIN_STAGES.get(branch or '')
        print(stage or f'{branch or "A commit that is not on a branch"} is for no main deployment.',
              file=sys.stdout if stage else sys.stderr)
        return 0 if stage else 1
    faults = list(misplacements(branch, checkout, personal=options.personal))
    print(*faults, sep='\n', end='\n' if faults else '', file=sys.stderr)
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
